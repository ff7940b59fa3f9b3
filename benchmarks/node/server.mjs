// The provider that Sala's is measured beside: oidc-provider as it comes, in memory, one process, without TLS.
// It reads its set-up from the environment: PORT, CLIENTS (JSON). Whoever asks is signed in at once and agrees.
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.env.PORT);
const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: JSON.parse(process.env.CLIENTS),
  jwks: { keys: [key] },
  cookies: { keys: ['a key of the benchmark'] },
  scopes: ['openid', 'offline_access', 'profile'],
  claims: { openid: ['sub'], profile: ['name', 'birthdate'] },
  responseTypes: ['code'],
  pkce: { required: () => true },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'สมชาย ใจดี', birthdate: '1990-04-23' }) }),
  issueRefreshToken: () => true,
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const login = { accountId: `person-${Math.random()}` };
  const grant = new provider.Grant({ clientId: params.client_id, accountId: login.accountId });
  grant.addOIDCScope('openid profile');
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(ctx.req, ctx.res, { login, consent }, { mergeWithLastSubmission: false });
  ctx.respond = false;
});

provider.listen(port, '127.0.0.1', () => console.log('ready'));
