// The addresses of the console. Each screen is a file of its own that is loaded when somebody goes there.

import type { RouteObject } from 'react-router';
import { message } from './parts/soon';
import { Failed, Loading, NotFound } from './shell/fallback';
import { Shell } from './shell/shell';

export const screens: RouteObject[] = [
  {
    path: '/',
    element: <Shell />,
    errorElement: <Failed />,
    hydrateFallbackElement: <Loading />,
    children: [
      { index: true, lazy: async () => ({ Component: (await import('./home/home')).Home }) },
      { path: 'integrations', lazy: async () => ({ Component: (await import('./integrations/list')).Integrations }) },
      {
        path: 'integrations/:name',
        lazy: async () => ({ Component: (await import('./integrations/integration')).Integration }),
      },
      {
        path: 'integrations/:name/routes/:route',
        lazy: async () => ({ Component: (await import('./route/route')).Route }),
      },
      {
        path: 'deployments',
        lazy: async () => ({ Component: (await import('./deployments/deployments')).Deployments }),
      },
      { path: 'messages', lazy: async () => ({ Component: (await import('./messages/messages')).Messages }) },
      { path: 'messages/:id', lazy: async () => ({ Component: (await message()).Message }) },
      { path: 'failures', lazy: async () => ({ Component: (await import('./failures/failures')).Failures }) },
      { path: 'failures/:id', lazy: async () => ({ Component: (await import('./failures/group')).FailureGroup }) },
      { path: 'replays', lazy: async () => ({ Component: (await import('./bulk/list')).BulkReplays }) },
      { path: 'replays/new', lazy: async () => ({ Component: (await import('./bulk/new')).NewBulkReplay }) },
      { path: 'replays/:id', lazy: async () => ({ Component: (await import('./bulk/bulk')).BulkReplay }) },
      { path: 'logs', lazy: async () => ({ Component: (await import('./logs/logs')).Logs }) },
      { path: 'runtimes', lazy: async () => ({ Component: (await import('./runtimes/runtimes')).Runtimes }) },
      { path: 'runtimes/add', lazy: async () => ({ Component: (await import('./runtimes/add')).AddRuntime }) },
      { path: 'runtimes/:name', lazy: async () => ({ Component: (await import('./runtimes/runtime')).Runtime }) },
      { path: 'settings', lazy: async () => ({ Component: (await import('./settings/settings')).Settings }) },
      { path: '*', element: <NotFound /> },
    ],
  },
];
