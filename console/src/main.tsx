import '@patternfly/react-core/dist/styles/base.css';
import './look.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { isWorthAnotherTry } from './api/client';
import { screens } from './screens';
import { applyTheme } from './shell/theme';

applyTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (times, err) => times < 3 && isWorthAnotherTry(err),
      staleTime: 2_000,
      refetchOnWindowFocus: true,
    },
  },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={createBrowserRouter(screens)} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
