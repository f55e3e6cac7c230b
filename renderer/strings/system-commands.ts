import { phrases } from './language.ts';

/** What the palette offers of the engine and the disk: apart from their screens' words, which come with those. */
export const systemCommands = phrases({
  en: {
    addEngine: 'Add an engine',
    bring: 'Bring things over from another engine',
    browse: 'Browse a registry',
    login: 'Log in to a registry…',
    addAndShow: 'Add and show it',
    addOnly: 'Only add it',
    showEngine: (name: string) => `Show engine ${name}`,
    switched: (name: string) => `Now showing ${name}`,
    notSwitched: (name: string) => `${name} is not shown`,
    control: { start: 'Start the engine', stop: 'Stop the engine', restart: 'Restart the engine' },
    clean: (what: string) => `Clean up: ${what}`,
    prunes: {
      containers: 'Stopped containers',
      dangling: 'Images without a name',
      images: 'All unused images',
      volumes: 'Unused volumes',
      networks: 'Unused networks',
      cache: 'Build cache',
    },
  },
  de: {
    addEngine: 'Engine hinzufügen',
    bring: 'Von einer anderen Engine herüberholen',
    browse: 'In einer Registry stöbern',
    login: 'Bei einer Registry anmelden…',
    addAndShow: 'Hinzufügen und zeigen',
    addOnly: 'Nur hinzufügen',
    showEngine: (name) => `Engine ${name} zeigen`,
    switched: (name) => `Zu sehen ist jetzt ${name}`,
    notSwitched: (name) => `${name} wird nicht gezeigt`,
    control: { start: 'Engine starten', stop: 'Engine stoppen', restart: 'Engine neu starten' },
    clean: (what) => `Aufräumen: ${what}`,
    prunes: {
      containers: 'Gestoppte Container',
      dangling: 'Images ohne Namen',
      images: 'Alle unbenutzten Images',
      volumes: 'Unbenutzte Volumes',
      networks: 'Unbenutzte Netzwerke',
      cache: 'Build-Cache',
    },
  },
});
