/** Texts of the tray, in the languages of the page. */
export interface TrayStrings {
  readonly open: string;
  readonly noneRunning: string;
  readonly running: (count: number) => string;
  readonly more: (count: number) => string;
  readonly show: string;
  readonly restart: string;
  readonly stop: string;
  readonly startEngine: string;
  readonly stopEngine: string;
  readonly restartEngine: string;
  readonly quit: string;
  readonly engineFailed: string;
}

const ENGLISH: TrayStrings = {
  open: 'Open Berth',
  noneRunning: 'No container is running',
  running: (count) => (count === 1 ? '1 container is running' : `${count} containers are running`),
  more: (count) => `${count} more …`,
  show: 'Show',
  restart: 'Restart',
  stop: 'Stop',
  startEngine: 'Start the engine',
  stopEngine: 'Stop the engine (containers go on)',
  restartEngine: 'Restart the engine',
  quit: 'Quit (containers go on)',
  engineFailed: 'Berth’s engine could not start',
};

const GERMAN: TrayStrings = {
  open: 'Berth öffnen',
  noneRunning: 'Kein Container läuft',
  running: (count) => (count === 1 ? '1 Container läuft' : `${count} Container laufen`),
  more: (count) => `${count} weitere …`,
  show: 'Anzeigen',
  restart: 'Neu starten',
  stop: 'Stoppen',
  startEngine: 'Engine starten',
  stopEngine: 'Engine stoppen (Container laufen weiter)',
  restartEngine: 'Engine neu starten',
  quit: 'Beenden (Container laufen weiter)',
  engineFailed: 'Die Engine von Berth konnte nicht starten',
};

/** The texts for a locale such as `de-AT`; English where there are none. */
export function trayStrings(locale: string): TrayStrings {
  return locale.toLowerCase().split(/[-_]/)[0] === 'de' ? GERMAN : ENGLISH;
}
