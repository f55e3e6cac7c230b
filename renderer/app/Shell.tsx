import { Container, Layers, Settings, SquareTerminal } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useContainers } from '../data/containers.ts';
import { useImages } from '../data/images.ts';
import { useSettings } from '../data/settings.ts';
import { EngineChip } from '../features/engine/EngineChip.tsx';
import { EngineBanner } from '../features/engine/EngineBanner.tsx';
import { StatusBar } from '../features/tasks/StatusBar.tsx';
import { isRunning } from '../features/containers/model.ts';
import { Logo } from '../ui/Logo.tsx';
import css from './Shell.module.css';

interface NavItem {
  readonly path: string;
  readonly label: string;
  readonly icon: ReactNode;
  readonly count?: number;
}

function NavLink({ item }: { readonly item: NavItem }) {
  const [location] = useLocation();
  const current = location === item.path || location.startsWith(`${item.path}/`);
  return (
    <Link href={item.path} className={css['link']} aria-current={current ? 'page' : undefined} title={item.label}>
      {item.icon}
      <span className={css['label']}>{item.label}</span>
      {item.count !== undefined && item.count > 0 && (
        <span className={css['count']}>{item.count.toLocaleString('en')}</span>
      )}
    </Link>
  );
}

/** The frame around every screen: the rail on the left, the screen, and what the engine has to say. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const collapsed = useSettings((settings) => settings.railCollapsed);
  const running = useContainers((state) => {
    let count = 0;
    for (const container of state.byId.values())
      if (isRunning(container) && !state.hidden.has(container.id)) count += 1;
    return count;
  });
  const images = useImages((state) => state.rows.length);
  return (
    <div className={css['shell']} data-collapsed={collapsed}>
      <nav className={css['rail']} aria-label="Main">
        <div className={css['brand']}>
          <Logo size={26} />
          <span className={css['word']}>Berth</span>
        </div>
        <NavLink item={{ path: '/containers', label: 'Containers', icon: <Container size={17} />, count: running }} />
        <NavLink item={{ path: '/images', label: 'Images', icon: <Layers size={17} />, count: images }} />
        <NavLink item={{ path: '/shell', label: 'Host shell', icon: <SquareTerminal size={17} /> }} />
        <div className={css['space']} />
        <NavLink item={{ path: '/settings', label: 'Settings', icon: <Settings size={17} /> }} />
        <EngineChip />
      </nav>
      <div className={css['screen']}>
        <EngineBanner />
        <div className={css['content']}>{children}</div>
        <StatusBar />
      </div>
    </div>
  );
}
