import { useEffect, useRef } from 'react';
import css from './Sparkline.module.css';
import { useSettled } from './use-settled.ts';

interface SparklineProps {
  /** Oldest first. */
  readonly values: readonly number[];
  /** How many fit; the newest are at the right edge. */
  readonly slots: number;
  /** Least height of the scale, so that nothing looks like much. */
  readonly atLeast: number;
}

const WIDTH = 64;
const HEIGHT = 20;

/** A small line that shows how a number went. Decoration: the number stands beside it. */
export function Sparkline(props: SparklineProps) {
  return useSettled() ? <Line {...props} /> : <span className={css['spark']} />;
}

function Line({ values, slots, atLeast }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio;
    if (element.width !== WIDTH * ratio) {
      element.width = WIDTH * ratio;
      element.height = HEIGHT * ratio;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    if (values.length < 2) return;
    const colour = getComputedStyle(element).color;
    const top = Math.max(atLeast, ...values);
    const step = WIDTH / (slots - 1);
    const x = (index: number) => WIDTH - (values.length - 1 - index) * step;
    const y = (value: number) => HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    context.beginPath();
    for (const [index, value] of values.entries()) context.lineTo(x(index), y(value));
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.stroke();
    context.lineTo(WIDTH, HEIGHT);
    context.lineTo(x(0), HEIGHT);
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }, [values, slots, atLeast]);
  return <canvas ref={canvas} className={css['spark']} aria-hidden="true" />;
}
