import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { NetworkSummary } from '../../../runtime/contract/networks.ts';
import { networks as texts } from '../../strings/networks.ts';
import { layOut, MEASURES } from './topology.ts';
import css from './TopologyView.module.css';

/** Text that fits a box; SVG does not cut by itself. */
function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

/** Networks as quays, and the containers that lie at them. Arrows move between boxes and names, Enter opens. */
export function TopologyView({ networks }: { readonly networks: readonly NetworkSummary[] }) {
  const picture = useMemo(() => layOut(networks), [networks]);
  const [active, setActive] = useState<string | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const { boxWidth, boxHeight, top, labels } = MEASURES;
  const nodes = [...picture.containers.map(({ id }) => `c ${id}`), ...picture.lanes.map(({ id }) => `n ${id}`)];
  const current = active !== null && nodes.includes(active) ? active : nodes[0];

  const focus = (node: string | undefined) => {
    if (node === undefined) return;
    setActive(node);
    svg.current?.querySelector<SVGGElement>(`[data-node="${CSS.escape(node)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = (event.target as SVGElement).dataset['node'];
    if (node === undefined) return;
    const isContainer = node.startsWith('c ');
    const peers = isContainer
      ? picture.containers.map(({ id }) => `c ${id}`)
      : picture.lanes.map(({ id }) => `n ${id}`);
    const at = peers.indexOf(node);
    const id = node.slice(2);
    switch (event.key) {
      case 'ArrowRight':
        if (isContainer) focus(peers[at + 1]);
        else
          focus(
            picture.containers
              .filter(({ ties }) => ties.some(({ network }) => network === id))
              .map((one) => `c ${one.id}`)[0],
          );
        break;
      case 'ArrowLeft':
        if (isContainer) focus(peers[at - 1]);
        break;
      case 'ArrowDown':
        if (isContainer) focus(`n ${picture.containers.find((one) => one.id === id)?.ties[0]?.network ?? ''}`);
        else focus(peers[at + 1]);
        break;
      case 'ArrowUp':
        if (isContainer) break;
        focus(at === 0 ? nodes[0] : peers[at - 1]);
        break;
      case 'Enter':
      case ' ':
        open(node);
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  const open = (node: string) => {
    const id = node.slice(2);
    navigate(node.startsWith('c ') ? `/containers/${id}/overview` : `/networks/${id}`);
  };
  const shared = (node: string) => ({
    role: 'link',
    'data-node': node,
    tabIndex: node === current ? 0 : -1,
    onFocus: () => {
      setActive(node);
    },
    onClick: () => {
      open(node);
    },
  });
  const isTied = (networkId: string, containerId: string): boolean =>
    active === `n ${networkId}` || active === `c ${containerId}`;

  return (
    <div className={css['frame']}>
      <p className={css['hint']}>{texts.pictureHint}</p>
      <div className={css['scroller']}>
        <svg
          ref={svg}
          role="group"
          aria-label={texts.pictureLabel}
          width={picture.width}
          height={picture.height}
          viewBox={`0 0 ${String(picture.width)} ${String(picture.height)}`}
          className={css['svg']}
          onKeyDown={onKeyDown}
        >
          {picture.lanes.map((lane, index) => (
            <g
              key={lane.id}
              {...shared(`n ${lane.id}`)}
              aria-label={texts.nodeNetwork(lane.name, lane.members)}
              className={css['lane']}
              data-hue={index % 6}
            >
              <rect x={6} y={lane.y - 22} width={labels - 12} height={44} rx={8} className={css['laneBox']} />
              <text x={18} y={lane.subnet === '' ? lane.y + 5 : lane.y - 2} className={css['laneName']}>
                {cut(lane.name, 20)}
              </text>
              <text x={18} y={lane.y + 14} className={css['laneNote']}>
                {lane.subnet}
              </text>
              <line
                x1={lane.from}
                x2={lane.to}
                y1={lane.y}
                y2={lane.y}
                className={css['quay']}
                strokeDasharray={lane.internal ? '5 5' : undefined}
              />
            </g>
          ))}
          {picture.containers.map((container) => (
            <g
              key={container.id}
              {...shared(`c ${container.id}`)}
              className={css['container']}
              data-state={container.state}
              aria-label={texts.nodeContainer(
                container.name,
                texts.states[container.state],
                container.ties
                  .map(({ address }) => address)
                  .filter(Boolean)
                  .join(', '),
              )}
            >
              <line
                x1={container.x + boxWidth / 2}
                x2={container.x + boxWidth / 2}
                y1={top + boxHeight}
                y2={container.ties.at(-1)?.y ?? top + boxHeight}
                className={css['rope']}
              />
              {container.ties.map((tie) => (
                <g
                  key={tie.network}
                  data-hue={picture.lanes.findIndex(({ id }) => id === tie.network) % 6}
                  className={css['tie']}
                  data-lit={isTied(tie.network, container.id)}
                >
                  <circle cx={container.x + boxWidth / 2} cy={tie.y} r={6} />
                  {tie.address !== '' && (
                    <text x={container.x + boxWidth / 2 + 11} y={tie.y - 7} className={css['address']}>
                      {tie.address}
                    </text>
                  )}
                </g>
              ))}
              <rect x={container.x} y={top} width={boxWidth} height={boxHeight} rx={9} className={css['box']} />
              <circle cx={container.x + 17} cy={top + boxHeight / 2} r={4.5} className={css['state']} />
              <text x={container.x + 30} y={top + boxHeight / 2 + 4.5} className={css['boxName']}>
                {cut(container.name, 12)}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
}
