import type { BackupRhythm } from '../../contract/backups.ts';

const HOUR_MS = 3_600_000;

/** The first moment after another one at which a rhythm is due, in milliseconds since the epoch, by the local clock. */
export function dueAfter(rhythm: BackupRhythm, after: number): number {
  if (rhythm.kind === 'hours') return after + rhythm.hours * HOUR_MS;
  const [hours = 0, minutes = 0] = rhythm.at.split(':').map(Number);
  const day = new Date(after);
  // Day by day of the calendar: one of them may have 23 or 25 hours.
  for (let ahead = 0; ; ahead += 1) {
    const moment = new Date(day.getFullYear(), day.getMonth(), day.getDate() + ahead, hours, minutes);
    const isDay = rhythm.kind === 'daily' || moment.getDay() === rhythm.day;
    if (isDay && moment.getTime() > after) return moment.getTime();
  }
}
