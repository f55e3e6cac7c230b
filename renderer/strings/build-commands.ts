import { phrases } from './language.ts';

/** What the palette offers of builds: apart from their screens' words, which come with those. */
export const builds = phrases({
  en: { build: 'Build an image…', edit: 'Edit a Dockerfile…', takeOver: 'Import builds of elsewhere…' },
  de: { build: 'Ein Image bauen…', edit: 'Ein Dockerfile bearbeiten…', takeOver: 'Builds von anderswo importieren…' },
});
