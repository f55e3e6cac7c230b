import { Suspense } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { ContainersView } from '../features/containers/ContainersView.tsx';
import { ConfirmHost } from '../ui/ConfirmHost.tsx';
import { ToastRegion } from '../ui/ToastRegion.tsx';
import { dismissToast, useToasts } from '../data/toasts.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Shell } from './Shell.tsx';

/** The composition root: screens by address, inside the shell. */
export function App() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <Router hook={useHashLocation}>
      <ErrorBoundary>
        <Shell>
          <Suspense>
            <Switch>
              <Route path="/containers" component={ContainersView} />
              <Route>
                <Redirect to="/containers" replace />
              </Route>
            </Switch>
          </Suspense>
        </Shell>
      </ErrorBoundary>
      <ConfirmHost />
      <ToastRegion toasts={toasts} onDismiss={dismissToast} />
    </Router>
  );
}
