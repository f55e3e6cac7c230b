import { useLocation } from 'wouter';
import { logSearch as texts } from '../../strings/log-search.ts';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';

const VIEWS = ['together', 'search', 'alerts'] as const;
const HREFS = { together: '/logs', search: '/logs/search', alerts: '/logs/alerts' } as const;

/** The ways to look at logs of several containers. */
export function LogsTabs({ current }: { readonly current: (typeof VIEWS)[number] }) {
  const [, setLocation] = useLocation();
  useNumberKeys((index) => {
    const view = VIEWS[index];
    if (view !== undefined) setLocation(HREFS[view]);
  });
  return (
    <Tabs
      label={texts.views}
      current={current}
      tabs={VIEWS.map((id) => ({ id, label: texts.tabs[id], href: HREFS[id] }))}
    />
  );
}
