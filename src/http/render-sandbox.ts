import { InternalError } from '../errors/errors.ts';

let page: Promise<string> | undefined;

/**
 * The page with Apollo Sandbox, aimed at the address that it is opened at. Apollo Server renders it; it is loaded when
 * the first person opens the page, since workers have no other use for it.
 */
export function renderSandbox(): Promise<string> {
  page ??= render();
  return page;
}

async function render(): Promise<string> {
  const { ApolloServer, HeaderMap } = await import('@apollo/server');
  const { ApolloServerPluginLandingPageLocalDefault } = await import(
    '@apollo/server/plugin/landingPage/default'
  );
  const server = new ApolloServer({
    // Only its landing page is used.
    typeDefs: 'type Query { sandbox: Boolean }',
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageLocalDefault({ embed: true, includeCookies: false, footer: false }),
    ],
  });
  await server.start();
  const { body } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'GET',
      headers: new HeaderMap([['accept', 'text/html']]),
      search: '',
      body: undefined,
    },
    context: () => Promise.reject(new InternalError('the landing page has no context')),
  });
  await server.stop();
  if (body.kind !== 'complete') throw new InternalError('a landing page in parts');
  return body.string;
}
