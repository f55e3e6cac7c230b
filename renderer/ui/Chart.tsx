import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { locale } from '../strings/language.ts';
import css from './Chart.module.css';

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Name of a colour token, for example `--accent`. */
  readonly colour: string;
}

interface ChartProps {
  readonly label: string;
  readonly series: readonly ChartSeries[];
  /** Seconds since the epoch, then the values of each series; null for a gap. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly format: (value: number) => string;
  /** The scale reaches at least this far. */
  readonly atLeast: number;
  /** How a time on the axis is written, in milliseconds since 1970; left out, hours to seconds. */
  readonly formatTick?: (time: number) => string;
}

const HEIGHT = 150;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const formatClock = (time: number): string => clock.format(time);

/** Lines over time. A table beside it says the same in words. */
export default function Chart({ label, series, data, format, atLeast, formatTick = formatClock }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, format, formatTick });
  latest.current = { data, format, formatTick };
  const key = series.map(({ label: name, colour }) => `${name} ${colour}`).join('|');
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const make = () => {
      plot.current?.destroy();
      const style = getComputedStyle(document.documentElement);
      const token = (name: string) => style.getPropertyValue(name).trim();
      const axis: uPlot.Axis = {
        stroke: token('--text-3'),
        grid: { stroke: token('--line'), width: 1 },
        ticks: { show: false },
        font: '11px "Inter Variable", sans-serif',
      };
      plot.current = new uPlot(
        {
          width: Math.max(200, element.clientWidth),
          height: HEIGHT,
          cursor: { y: false },
          legend: { show: false },
          scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(atLeast, max * 1.1)] } },
          axes: [
            {
              ...axis,
              size: 28,
              space: 74,
              // Before there is anything to see there is no time either.
              values: ({ data: [times] }, ticks) =>
                ticks.map((tick) => (times.length === 0 ? '' : latest.current.formatTick(tick * 1000))),
            },
            { ...axis, size: 74, values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)) },
          ],
          series: [
            {},
            ...series.map((one) => ({
              label: one.label,
              stroke: token(one.colour),
              fill: `color-mix(in oklch, ${token(one.colour)} 12%, transparent)`,
              width: 1.75,
              points: { show: false },
            })),
          ],
        },
        latest.current.data as uPlot.AlignedData,
        element,
      );
    };
    make();
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.current?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    sizes.observe(element);
    const themes = new MutationObserver(make);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme', 'data-contrast'] });
    return () => {
      sizes.disconnect();
      themes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // `key` stands for the series, whose list is new in each render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, atLeast]);
  useEffect(() => {
    plot.current?.setData(data as uPlot.AlignedData);
  }, [data]);
  return <div ref={host} role="img" aria-label={label} className={css['chart']} />;
}
