'use strict';
// An OpenID provider: oidc_provider.js [PATH], with PATH before everything, as Keycloak's "/realms/shop". Says
// {"port": N, "issuer": URL}. Clients "acme" and "other" with the secret "acme-secret" and "other-secret" get access
// tokens by the grant client_credentials for a `resource` of the form https://api.example/NAME:
//   rs256, es256, ps256, eddsa   a JWT (at+jwt, RFC 9068) for the audience https://api.example
//   elsewhere                    the same with RS256, for the audience https://elsewhere.example
//   opaque                       a token that only introspection (RFC 7662) explains
// Client "gateway" ("gateway-secret") may introspect. Lines on standard input:
//   rotate    signs with new keys from now on; the former ones are still shown
//   drop      shows only the newest keys
//   clock S   the provider's clock is off by that many seconds
//   slow MS   each answer comes that much later
//   pause     no answers until "resume"
//   resume
//   down      closes its port and all connections, until "up"
//   up
//   count     tells how often each path was asked for: {"asked": {PATH: N}}
// Each is answered with {"done": LINE}.
const http = require('http');
const readline = require('readline');
const { generateKeyPairSync } = require('crypto');
const { pathToFileURL } = require('url');
const { say } = require('./report');

const prefix = process.argv[2] || '';
const realNow = Date.now;
let skewSeconds = 0;
Date.now = () => realNow() + skewSeconds * 1000;

let generation = 0;
let keys = [];
let callback = null;
let slowMs = 0;
let isPaused = false;
let held = [];
const asked = {};
const sockets = new Set();

function newKeys() {
    ++generation;
    const made = [
        ['rsa', { modulusLength: 2048 }, ['RS256', 'PS256']],
        ['ec', { namedCurve: 'P-256' }, ['ES256']],
        ['ed25519', {}, ['EdDSA']],
    ];
    const fresh = [];
    for (const [type, options, algorithms] of made) {
        for (const alg of algorithms) {
            const jwk = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
            fresh.push({ ...jwk, alg, use: 'sig', kid: `${alg.toLowerCase()}-${generation}` });
        }
    }
    return fresh;
}

const algorithms = { rs256: 'RS256', es256: 'ES256', ps256: 'PS256', eddsa: 'EdDSA', elsewhere: 'RS256' };

function resourceServer(resource) {
    const name = resource.slice(resource.lastIndexOf('/') + 1);
    return {
        scope: 'read write',
        audience: name === 'elsewhere' ? 'https://elsewhere.example' : 'https://api.example',
        accessTokenTTL: 300,
        accessTokenFormat: name === 'opaque' ? 'opaque' : 'jwt',
        jwt: name === 'opaque' ? undefined : { sign: { alg: algorithms[name] } },
    };
}

function client(id, introspects) {
    return {
        client_id: id,
        client_secret: `${id}-secret`,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        introspection_endpoint_auth_method: introspects ? 'client_secret_basic' : undefined,
    };
}

function makeProvider(Provider, issuer) {
    const provider = new Provider(issuer, {
        clients: [client('acme'), client('other'), client('gateway', true)],
        jwks: { keys },
        scopes: ['read', 'write'],
        cookies: { keys: ['for nobody'] },
        features: {
            devInteractions: { enabled: false },
            clientCredentials: { enabled: true },
            introspection: { enabled: true, allowedPolicy: () => true },
            revocation: { enabled: true },
            resourceIndicators: {
                enabled: true,
                defaultResource: () => 'https://api.example/rs256',
                getResourceServerInfo: (context, resource) => resourceServer(resource),
                useGrantedResource: () => true,
            },
        },
        enabledJWA: {
            idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        },
        extraTokenClaims: (context, token) => ({ consumer: token.clientId, roles: token.clientId === 'acme' ? ['buyer'] : [] }),
    });
    return provider.callback();
}

function answer(request, response) {
    const url = request.url.split('?')[0];
    asked[url] = (asked[url] || 0) + 1;
    const go = () => {
        if (!request.url.startsWith(prefix)) {
            response.writeHead(404).end();
            return;
        }
        request.originalUrl = request.url;
        request.url = request.url.slice(prefix.length) || '/';
        callback(request, response);
    };
    if (isPaused) {
        held.push(go);
    } else if (slowMs > 0) {
        setTimeout(go, slowMs);
    } else {
        go();
    }
}

async function main() {
    const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
    keys = newKeys();
    let server = http.createServer(answer);
    const listen = (port, done) => {
        server.on('connection', (socket) => {
            sockets.add(socket);
            socket.on('close', () => sockets.delete(socket));
        });
        server.listen(port, '127.0.0.1', done);
    };
    listen(0, () => {
        const { port } = server.address();
        const issuer = `http://127.0.0.1:${port}${prefix}`;
        const renew = () => {
            callback = makeProvider(Provider, issuer);
        };
        renew();
        const commands = {
            rotate: () => {
                keys = [...newKeys(), ...keys];
                renew();
            },
            drop: () => {
                keys = keys.filter(({ kid }) => kid.endsWith(`-${generation}`));
                renew();
            },
            clock: (seconds) => {
                skewSeconds = Number(seconds);
            },
            slow: (milliseconds) => {
                slowMs = Number(milliseconds);
            },
            pause: () => {
                isPaused = true;
            },
            resume: () => {
                isPaused = false;
                held.splice(0).forEach((go) => go());
            },
            down: (_, done) => {
                server.close(done);
                sockets.forEach((socket) => socket.destroy());
                return true;
            },
            up: (_, done) => {
                server = http.createServer(answer);
                listen(port, done);
                return true;
            },
            count: () => say({ asked }),
        };
        readline
            .createInterface({ input: process.stdin })
            .on('line', (line) => {
                const [command, argument] = line.split(' ');
                const done = () => say({ done: line });
                if (!commands[command](argument, done)) {
                    done();
                }
            })
            .on('close', () => process.exit(0));
        say({ port, issuer });
    });
}

main();
