import { phrases } from './language.ts';

/** What the page itself has to say when there is nobody to talk to. */
export const connection = phrases({
  en: {
    noAnswer: 'The app did not answer.',
    used: 'This address has been used already.',
    usedHint: 'Start Berth again to get a new one.',
    notSignedIn: 'This page is not signed in.',
    notSignedInHint: 'Open the address that “npm start” prints: it signs this browser in once.',
    notRunning: 'The app behind this page is not running.',
    closed: 'The app behind this page closed the connection.',
    lost: 'The connection to the app was lost.',
    notConnected: 'The app is not connected.',
    reconnects: 'It reconnects by itself.',
    engineStopped: 'The engine has stopped.',
  },
  de: {
    noAnswer: 'Die App hat nicht geantwortet.',
    used: 'Diese Adresse wurde schon benutzt.',
    usedHint: 'Starte Berth noch einmal, dann gibt es eine neue.',
    notSignedIn: 'Diese Seite ist nicht angemeldet.',
    notSignedInHint: 'Öffne die Adresse, die „npm start“ ausgibt: Sie meldet diesen Browser einmal an.',
    notRunning: 'Die App hinter dieser Seite läuft nicht.',
    closed: 'Die App hinter dieser Seite hat die Verbindung beendet.',
    lost: 'Die Verbindung zur App ist abgerissen.',
    notConnected: 'Die App ist nicht verbunden.',
    reconnects: 'Sie verbindet sich von selbst wieder.',
    engineStopped: 'Die Engine hat aufgehört.',
  },
});
