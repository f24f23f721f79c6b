-- What was tokenized, by split and domain.
select split, domain, count(*) as documents, sum(characters) as characters, sum(tokens) as tokens
from documents
group by split, domain
order by split desc, domain
