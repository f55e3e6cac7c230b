import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import css from './Tabs.module.css';

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly label: string; readonly href: string }[];
  readonly current: string;
}

/** Views of one thing, each with an address of its own. Ctrl and a number lead to them where the screen says so. */
export function Tabs({ label, tabs, current }: TabsProps) {
  const bar = useRef<HTMLElement>(null);
  // In a narrow window not all tabs have room.
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={bar} className={css['tabs']} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.id}
          href={tab.href}
          className={css['tab']}
          aria-current={tab.id === current ? 'page' : undefined}
          title={`Ctrl+${String(index + 1)}`}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
