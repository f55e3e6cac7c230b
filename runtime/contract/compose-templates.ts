/** What a new Compose project can begin with. The texts are in `runtime/bridge/compose-templates.ts`. */
export const COMPOSE_TEMPLATES = ['blank', 'web', 'postgres', 'mariadb', 'redis', 'wordpress', 'registry'] as const;
export type ComposeTemplate = (typeof COMPOSE_TEMPLATES)[number];
