import { Suspense, useEffect } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { dismissToast, useToasts } from '../data/toasts.ts';
import { ConfirmHost } from '../ui/ConfirmHost.tsx';
import { ToastRegion } from '../ui/ToastRegion.tsx';
import { commands } from './commands.tsx';
import { Dialogs } from './Dialogs.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { startKeys } from './keys.ts';
import { SCREENS } from './screens.tsx';
import { Shell } from './Shell.tsx';

const ROUTES = SCREENS.flatMap(({ routes }) => routes);

/** The composition root: screens by address, inside the shell. */
export function App() {
  const toasts = useToasts((state) => state.toasts);
  const [address] = useHashLocation();
  useEffect(() => startKeys(commands), []);
  return (
    <Router hook={useHashLocation}>
      <Shell>
        <ErrorBoundary address={address}>
          <Suspense>
            <Switch>
              {ROUTES.map(({ path, view }) => (
                <Route key={path} path={path} component={view} />
              ))}
              <Route>
                <Redirect to="/containers" replace />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </Shell>
      <Dialogs />
      <ConfirmHost />
      <ToastRegion toasts={toasts} onDismiss={dismissToast} />
    </Router>
  );
}
