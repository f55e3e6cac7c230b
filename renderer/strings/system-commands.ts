import { phrases } from './language.ts';

/** What the palette offers of the engine and the disk: apart from their screens' words, which come with those. */
export const systemCommands = phrases({
  en: {
    addEngine: 'Add an engine',
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
