import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ComposeService } from '../../../runtime/contract/compose.ts';
import { compose as texts } from '../../strings/compose.ts';
import { GRAPH, layOutServices } from './graph.ts';
import { serviceState } from './state.ts';
import css from './ServiceGraph.module.css';

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

/** Services as boxes, from what is started first on the left to what needs it. Arrows move, Enter opens. */
export function ServiceGraph({ services }: { readonly services: readonly ComposeService[] }) {
  const picture = useMemo(() => layOutServices(services), [services]);
  const [active, setActive] = useState<string | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const current = picture.nodes.some(({ name }) => name === active) ? active : (picture.nodes[0]?.name ?? null);

  const open = (name: string) => {
    const [container] = services.find((service) => service.name === name)?.containers ?? [];
    if (container !== undefined) navigate(`/containers/${container.id}/logs`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const here = picture.nodes.find(({ name }) => name === current);
    if (here === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(here.name);
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
    svg.current?.querySelector<SVGGElement>(`[data-service="${CSS.escape(next.name)}"]`)?.focus();
  };

  return (
    <div className={css['scroller']}>
      <svg
        ref={svg}
        role="group"
        aria-label={texts.graph}
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
            strokeDasharray={edge.condition === 'service_started' ? undefined : '6 4'}
          />
        ))}
        {picture.nodes.map((node) => {
          const service = services.find(({ name }) => name === node.name);
          if (service === undefined) return null;
          const { tone, text } = serviceState(service);
          return (
            <g
              key={node.name}
              role="link"
              data-service={node.name}
              data-tone={tone}
              tabIndex={node.name === current ? 0 : -1}
              aria-label={texts.node(node.name, text, service.dependsOn.map((one) => one.service).join(', '))}
              className={css['node']}
              onFocus={() => {
                setActive(node.name);
              }}
              onClick={() => {
                open(node.name);
              }}
            >
              <rect x={node.x} y={node.y} width={GRAPH.width} height={GRAPH.height} rx={10} className={css['box']} />
              <circle cx={node.x + 18} cy={node.y + 22} r={4.5} className={css['state']} />
              <text x={node.x + 31} y={node.y + 27} className={css['name']}>
                {cut(node.name, 20)}
              </text>
              <text x={node.x + 18} y={node.y + 48} className={css['note']}>
                {cut(service.ports[0] ?? service.image, 26)}
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
