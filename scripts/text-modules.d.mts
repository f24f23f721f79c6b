import type { Plugin } from "rolldown"

export declare const textModules: () => Plugin
export declare const withoutComments: (sql: string) => string
