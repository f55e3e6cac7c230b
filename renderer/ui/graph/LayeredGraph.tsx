import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Tone } from '../StateDot.tsx';
import { GRAPH, layOut } from './layered.ts';
import css from './LayeredGraph.module.css';

/** A box of the picture. */
export interface LayeredNode {
  readonly name: string;
  /** The small line below the name. */
  readonly note: string;
  readonly tone: Tone;
  /** The whole of it for a screen reader. */
  readonly label: string;
  readonly needs: readonly { readonly name: string; readonly dashed: boolean }[];
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

interface LayeredGraphProps {
  readonly label: string;
  readonly nodes: readonly LayeredNode[];
  readonly onOpen: (name: string) => void;
  /** Other single keys of a box; true when the key was used. */
  readonly onNodeKey?: (name: string, key: string) => boolean;
}

/** Things as boxes, from what comes first on the left to what needs it. Arrows move, Enter opens. */
export function LayeredGraph({ label, nodes, onOpen, onNodeKey }: LayeredGraphProps) {
  const picture = useMemo(() => layOut(nodes), [nodes]);
  const [active, setActive] = useState<string | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const current = picture.nodes.some(({ name }) => name === active) ? active : (picture.nodes[0]?.name ?? null);

  const onKeyDown = (event: KeyboardEvent) => {
    const here = picture.nodes.find(({ name }) => name === current);
    if (here === undefined) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onOpen(here.name);
      return;
    }
    if (onNodeKey?.(here.name, event.key) === true) {
      event.preventDefault();
      return;
    }
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const [dx, dy] = step;
    const [next] = picture.nodes
      .filter(({ x, y }) => (dx !== 0 ? Math.sign(x - here.x) === dx : x === here.x && Math.sign(y - here.y) === dy))
      .sort((a, b) => Math.hypot(a.x - here.x, a.y - here.y) - Math.hypot(b.x - here.x, b.y - here.y));
    if (next === undefined) return;
    setActive(next.name);
    svg.current?.querySelector<SVGGElement>(`[data-node="${CSS.escape(next.name)}"]`)?.focus();
  };

  return (
    <div className={css['scroller']}>
      <svg
        ref={svg}
        role="group"
        aria-label={label}
        width={picture.width}
        height={picture.height}
        viewBox={`0 0 ${String(picture.width)} ${String(picture.height)}`}
        className={css['svg']}
        onKeyDown={onKeyDown}
      >
        {picture.edges.map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            d={edge.path}
            className={css['edge']}
            data-lit={edge.from === active || edge.to === active}
            strokeDasharray={edge.dashed ? '6 4' : undefined}
          />
        ))}
        {picture.nodes.map((node) => {
          const shown = nodes.find(({ name }) => name === node.name);
          if (shown === undefined) return null;
          return (
            <g
              key={node.name}
              role="link"
              data-node={node.name}
              data-tone={shown.tone}
              tabIndex={node.name === current ? 0 : -1}
              aria-label={shown.label}
              className={css['node']}
              onFocus={() => {
                setActive(node.name);
              }}
              onClick={() => {
                onOpen(node.name);
              }}
            >
              <rect x={node.x} y={node.y} width={GRAPH.width} height={GRAPH.height} rx={10} className={css['box']} />
              <circle cx={node.x + 18} cy={node.y + 22} r={4.5} className={css['state']} />
              <text x={node.x + 31} y={node.y + 27} className={css['name']}>
                {cut(node.name, 20)}
              </text>
              <text x={node.x + 18} y={node.y + 48} className={css['note']}>
                {cut(shown.note, 26)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};
