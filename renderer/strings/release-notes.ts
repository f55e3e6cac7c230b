import { phrases } from './language.ts';

/** What a version brought, in a few lines that somebody reads who only wants to use it. */
interface ReleaseNotes {
  readonly version: string;
  readonly news: readonly string[];
  /** What one should know before relying on it. */
  readonly limits: readonly string[];
}

/** The notes of every version, the newest first. */
export const releaseNotes = phrases<{ readonly limits: string; readonly releases: readonly ReleaseNotes[] }>({
  en: {
    limits: 'Good to know',
    releases: [
      {
        version: '0.1.0',
        news: [
          'The first version: an engine and its app in one, with no daemon to install, no virtual machine and no root.',
          'Docker’s own clients work on it unchanged: docker, Compose, BuildKit, Dev Containers, Testcontainers.',
          'Images: what each layer holds, two images compared file by file, and the tags that a registry has.',
          'Containers: logs, terminals, files, statistics; a debug shell for images without one; shells in a terminal of the desktop.',
          'What was removed can come back: a container stays in the trash for seven days.',
        ],
        limits: [
          'Linux only. It was tried on Debian 12; other systems were not.',
          'Swarm, plugins and checkpoints are not there.',
          'The window of the desktop program was never run on the machines this was made on; the browser’s was.',
        ],
      },
    ],
  },
  de: {
    limits: 'Gut zu wissen',
    releases: [
      {
        version: '0.1.0',
        news: [
          'Die erste Version: Engine und App in einem, ohne Dienst, den man installiert, ohne virtuelle Maschine und ohne root.',
          'Dockers eigene Programme laufen darauf unverändert: docker, Compose, BuildKit, Dev Containers, Testcontainers.',
          'Images: was jede Schicht enthält, zwei Images Datei für Datei verglichen, und die Tags, die eine Registry hat.',
          'Container: Logs, Terminals, Dateien, Statistik; eine Debug-Shell für Images ohne Shell; Shells in einem Terminal des Desktops.',
          'Entferntes kommt zurück: Ein Container bleibt sieben Tage im Papierkorb.',
        ],
        limits: [
          'Nur Linux. Ausprobiert wurde Debian 12, andere Systeme nicht.',
          'Swarm, Plugins und Checkpoints gibt es nicht.',
          'Das Fenster des Desktop-Programms lief nie auf den Rechnern, auf denen dies entstand; das des Browsers schon.',
        ],
      },
    ],
  },
});
