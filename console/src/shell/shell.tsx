// What is around every screen: top bar with environment and time range, navigation, and who is signed in.

import {
  Banner,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageContext,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Spinner,
} from '@patternfly/react-core';
import BarsIcon from '@patternfly/react-icons/dist/esm/icons/bars-icon';
import { type ComponentProps, Suspense, useContext, useEffect, useRef } from 'react';
import { Outlet, Link as RouterLink, useLocation } from 'react-router';
import { useConnection, useViewer } from '../api/hooks';
import { isFocusLost } from '../parts/focus';
import { useAddress } from '../parts/link';
import { useScope } from './scope';
import { useScroll } from './scroll';
import { Away, SignIn } from './sign-in';
import { TopBar } from './top-bar';

const SCREEN = 'main';
const PLACES: [path: string, name: string, needs?: string][] = [
  ['/', 'Home'],
  ['/integrations', 'Integrations', 'integration:read'],
  ['/deployments', 'Deployments', 'deployment:read'],
  ['/messages', 'Messages', 'message:read'],
  ['/failures', 'Failures', 'message:read'],
  ['/logs', 'Logs', 'log:read'],
  ['/runtimes', 'Runtimes', 'runtime:read'],
  ['/settings', 'Settings'],
];

export function Shell() {
  const viewer = useViewer();
  const location = useLocation();
  const address = useAddress();
  const live = useConnection();
  useFocusOnScreen();
  useScroll(SCREEN);
  if (viewer.error?.kind === 'unauthenticated') return <SignIn again={() => void viewer.refetch()} />;
  if (viewer.error && !viewer.data) return <Away message={viewer.error.message} again={() => void viewer.refetch()} />;
  if (!viewer.data) return <Spinner aria-label="Loading" className="mp-loading" />;
  const { permissions, label } = viewer.data.viewer;
  const isHere = (path: string) => (path === '/' ? location.pathname === '/' : location.pathname.startsWith(path));
  const masthead = (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Navigation">
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo className="mp-masthead-logo" component={HomeLink}>
            <img src="/icon.svg" alt="" className="mp-logo" />
            <span className="mp-brand">Midplane</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <TopBar who={label} />
      </MastheadContent>
    </Masthead>
  );
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <ClosesBehind />
        <Nav aria-label="Screens">
          <NavList>
            {PLACES.filter(([, , needs]) => !needs || permissions.includes(needs)).map(([path, name]) => (
              <NavItem key={path} isActive={isHere(path)}>
                <RouterLink to={address(path)}>{name}</RouterLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      mainContainerId={SCREEN}
      mainAriaLabel="Screen"
      skipToContent={<SkipToContent href={`#${SCREEN}`}>Skip to content</SkipToContent>}
    >
      {live === 'lost' && (
        <Banner status="warning" screenReaderText="Warning">
          The live connection is lost and is being opened again. What you see stays, and is read again then.
        </Banner>
      )}
      <Suspense fallback={<Spinner aria-label="Loading" className="mp-loading" />}>
        <Outlet />
      </Suspense>
    </Page>
  );
}

/** A component of its own: one made anew with every look at the clock would be another link, and take the focus away. */
function HomeLink(props: Omit<ComponentProps<typeof RouterLink>, 'to'>) {
  const { carried } = useScope();
  return <RouterLink {...props} to={`/${carried}`} />;
}

/** Where the navigation lies over the page, it gives way to what was chosen. */
function ClosesBehind() {
  const { key } = useLocation();
  const { isMobile, isSidebarOpen, onSidebarToggle } = useContext(PageContext);
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    if (!isMobile || !isSidebarOpen) return;
    document.getElementById(SCREEN)?.focus({ preventScroll: true });
    onSidebarToggle();
  }, [key, isMobile, isSidebarOpen, onSidebarToggle]);
  return null;
}

/** Whoever went to another screen with a key goes on there: what was pressed is gone with the screen before. */
function useFocusOnScreen(): void {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    if (isFocusLost()) document.getElementById(SCREEN)?.focus({ preventScroll: true });
  }, [pathname]);
}
