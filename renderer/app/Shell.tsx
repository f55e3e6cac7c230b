import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useContainers } from '../data/containers.ts';
import { openDialog } from '../data/dialogs.ts';
import { images as imageList } from '../data/images.ts';
import { useSettings } from '../data/settings.ts';
import { EngineChip } from '../features/engine/EngineChip.tsx';
import { EngineBanner } from '../features/engine/EngineBanner.tsx';
import { StatusBar } from '../features/tasks/StatusBar.tsx';
import { isRunning } from '../features/containers/model.ts';
import { number } from '../strings/language.ts';
import { screens as names, shell } from '../strings/shell.ts';
import { Logo } from '../ui/Logo.tsx';
import { useMedia } from '../ui/use-media.ts';
import { SCREENS, type Screen } from './screens.tsx';
import css from './Shell.module.css';

function NavLink({ screen, count }: { readonly screen: Screen; readonly count: number }) {
  const [location] = useLocation();
  const current = location === screen.path || location.startsWith(`${screen.path}/`);
  const label = names[screen.id];
  const title = screen.keys === undefined ? label : `${label} (${screen.keys})`;
  return (
    <Link href={screen.path} className={css['link']} aria-current={current ? 'page' : undefined} title={title}>
      {screen.icon}
      <span className={css['label']}>{label}</span>
      {count > 0 && <span className={css['count']}>{number(count)}</span>}
    </Link>
  );
}

/** The frame around every screen: the rail on the left, the screen, and what the engine has to say. */
export function Shell({ children }: { readonly children: ReactNode }) {
  // At 200 % zoom a window is half as wide: the names of the rail give way to what is on the screen.
  const narrow = useMedia('(max-width: 820px)');
  const collapsed = useSettings((settings) => settings.railCollapsed) || narrow;
  const running = useContainers((state) => {
    let count = 0;
    for (const container of state.byId.values())
      if (isRunning(container) && !state.hidden.has(container.id)) count += 1;
    return count;
  });
  const images = imageList.use((state) => state.rows.length);
  const counts: Partial<Record<Screen['id'], number>> = { containers: running, images };
  const links = (place: Screen['place']) =>
    SCREENS.filter((screen) => screen.place === place).map((screen) => (
      <NavLink key={screen.id} screen={screen} count={counts[screen.id] ?? 0} />
    ));
  return (
    <div className={css['shell']} data-collapsed={collapsed}>
      <nav className={css['rail']} aria-label={shell.main}>
        <div className={css['brand']}>
          <Logo size={26} />
          <span className={css['word']}>Berth</span>
        </div>
        <button
          type="button"
          className={[css['link'], css['find']].join(' ')}
          title={`${shell.palette} (Ctrl+K)`}
          onClick={() => {
            openDialog({ kind: 'palette' });
          }}
        >
          <Search size={17} />
          <span className={css['label']}>{shell.palette}</span>
          <kbd aria-hidden className={css['count']}>
            Ctrl+K
          </kbd>
        </button>
        {links('main')}
        <div className={css['gap']} />
        {links('tools')}
        <div className={css['space']} />
        {links('foot')}
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
