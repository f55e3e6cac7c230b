import { phrases } from './language.ts';

/** Terminals of the desktop. */
export const externalTerminal = phrases({
  en: {
    title: 'External terminal',
    hint: 'What “Open in external terminal” of a container starts, on the computer that the app runs on.',
    byItself: (name: string) => `By itself (${name})`,
    none: 'None was found',
    other: 'Another…',
    command: 'How it is started',
    commandHint: '{command} is where the command goes; without it, it comes last. Nothing of it is read by a shell.',
    opened: (name: string) => `Opened a terminal in ${name}`,
    notOpened: (name: string) => `No terminal was opened in ${name}`,
  },
  de: {
    title: 'Externes Terminal',
    hint: 'Was „In externem Terminal öffnen“ bei einem Container startet, auf dem Rechner, auf dem die App läuft.',
    byItself: (name) => `Von selbst (${name})`,
    none: 'Keines gefunden',
    other: 'Ein anderes…',
    command: 'Wie es gestartet wird',
    commandHint: 'Für {command} steht der Befehl; ohne das kommt er zuletzt. Nichts davon liest eine Shell.',
    opened: (name) => `In ${name} ist ein Terminal offen`,
    notOpened: (name) => `In ${name} hat sich kein Terminal geöffnet`,
  },
});
