import { updateSettings, useSettings } from '../../data/settings.ts';

/** Heights of the text that can be read and still leave room for a line of a program, in pixels. */
const FONT_PX = { least: 8, normal: 13, most: 28 };

/** Makes the text of all terminals larger or smaller by so many pixels; 0 for the size it had at first. */
export function changeFontSize(by: number): void {
  const now = useSettings.getState().terminalFontSize;
  const size = by === 0 ? FONT_PX.normal : Math.min(FONT_PX.most, Math.max(FONT_PX.least, now + by));
  updateSettings({ terminalFontSize: size });
}
