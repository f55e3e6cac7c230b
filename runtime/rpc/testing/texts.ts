import type { ClientTexts } from '../client-texts.ts';

/** Words that nobody but a page could have said. */
export const TEXTS: ClientTexts = {
  disconnected: { message: 'Getrennt.', hint: 'Warte.' },
  cancelled: { message: 'Abgebrochen.' },
  timeout: { message: 'Zu spät.' },
  unsupported: { message: 'Andere Version.', hint: 'Neu laden.' },
  tooLarge: { message: 'Zu viel.' },
  answerTooLarge: { message: 'Zu viel Antwort.', hint: 'Weniger fragen.' },
  senseless: { message: 'Unsinn.' },
};
