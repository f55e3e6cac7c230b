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
    faults: {
      disconnected: { message: 'The connection to the app was lost.', hint: 'It reconnects by itself.' },
      cancelled: { message: 'Cancelled.' },
      timeout: { message: 'The engine did not answer in time.' },
      unsupported: { message: 'This page is of another version than the app behind it.', hint: 'Reload the page.' },
      tooLarge: { message: 'This is more than can be sent at once.' },
      answerTooLarge: {
        message: 'The answer is too large for this page.',
        hint: 'Ask for less: show fewer lines, or download the file instead of opening it.',
      },
      senseless: { message: 'The app sent something that makes no sense.' },
    },
    notConnected: 'The app is not connected.',
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
    faults: {
      disconnected: {
        message: 'Die Verbindung zur App ist abgerissen.',
        hint: 'Sie verbindet sich von selbst wieder.',
      },
      cancelled: { message: 'Abgebrochen.' },
      timeout: { message: 'Die Engine hat nicht rechtzeitig geantwortet.' },
      unsupported: {
        message: 'Diese Seite gehört zu einer anderen Version als die App dahinter.',
        hint: 'Lade die Seite neu.',
      },
      tooLarge: { message: 'Das ist mehr, als auf einmal gesendet werden kann.' },
      answerTooLarge: {
        message: 'Die Antwort ist zu groß für diese Seite.',
        hint: 'Frage weniger ab: Zeige weniger Zeilen, oder lade die Datei herunter, statt sie zu öffnen.',
      },
      senseless: { message: 'Die App hat etwas gesendet, das keinen Sinn ergibt.' },
    },
    notConnected: 'Die App ist nicht verbunden.',
    engineStopped: 'Die Engine hat aufgehört.',
  },
});
