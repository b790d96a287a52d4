'use strict';
// An HTTP/2 client: http2_client.js ORIGIN [CHECK] [--ca FILE] [--key KEY]. Reports each check. The upstream is
// web_server.js, under the path prefix --prefix.
const fs = require('fs');
const http2 = require('http2');
const { runChecks, within, expect, say } = require('./report');

const [origin, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const only = rest[0] && !rest[0].startsWith('--') ? rest[0] : undefined;
const prefix = option('--prefix') || '';
const key = option('--key') ? { 'x-api-key': option('--key') } : {};
const session = http2.connect(origin, { ca: option('--ca') ? fs.readFileSync(option('--ca')) : undefined });
session.on('error', (error) => say({ session: String(error.message) }));

function ask(fields, body, trailers) {
    return within(20000, 'the answer', new Promise((resolve, reject) => {
        const stream = session.request({ ...key, ...fields }, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
        const got = { body: [] };
        stream.on('response', (head) => (got.head = head));
        stream.on('trailers', (end) => (got.trailers = end));
        stream.on('data', (piece) => got.body.push(piece));
        stream.on('end', () => resolve({ ...got, body: Buffer.concat(got.body) }));
        stream.on('error', reject);
        stream.on('wantTrailers', () => stream.sendTrailers(trailers));
        if (body !== undefined) {
            stream.end(body);
        }
    }));
}

const checks = [
    ['get', async () => {
        const { head, body } = await ask({ ':path': `${prefix}/x?a=1` });
        const seen = JSON.parse(body);
        expect(head[':status'] === 200, `status ${head[':status']}`);
        expect(seen.url.endsWith('/x?a=1'), `asked for ${seen.url}`);
        return { client: seen.headers['x-client-id'], key: seen.headers['x-api-key'], id: head['x-request-id'], via: seen.headers.via, proto: seen.headers['x-forwarded-proto'] };
    }],
    ['post', async () => {
        const { body } = await ask({ ':path': `${prefix}/post`, ':method': 'POST', 'content-type': 'text/plain' }, Buffer.alloc(5_000_000, 'y'));
        const seen = JSON.parse(body);
        expect(seen.bytes === 5_000_000, `${seen.bytes} bytes arrived`);
        return { bytes: seen.bytes };
    }],
    ['cookies', async () => {
        const { body } = await ask({ ':path': `${prefix}/c`, cookie: ['a=1', 'b=2'] });
        const seen = JSON.parse(body).headers.cookie;
        expect(seen === 'a=1; b=2', `cookie ${seen}`);
        return {};
    }],
    ['together', async () => {
        const all = await Promise.all(Array.from({ length: 90 }, (_, i) => ask({ ':path': `${prefix}/n${i}` })));
        expect(all.every(({ body }, i) => JSON.parse(body).url.endsWith(`/n${i}`)), 'answers were mixed up');
        return { requests: all.length };
    }],
    ['head', async () => {
        const { head, body } = await ask({ ':path': `${prefix}/h`, ':method': 'HEAD' });
        expect(head[':status'] === 200 && body.length === 0, 'a HEAD answer with a body');
        return {};
    }],
    ['refused', async () => {
        const { head, body } = await ask({ ':path': '/no-such-route' });
        expect(head['content-type'] === 'application/problem+json', `type ${head['content-type']}`);
        return { status: head[':status'], problem: JSON.parse(body).code };
    }],
    // RFC 8441: a WebSocket on a stream, by hand: one masked text frame, and its echo.
    ['websocket', () => within(20000, 'the echo', new Promise((resolve, reject) => {
        const start = () => {
            const stream = session.request({ ...key, ':method': 'CONNECT', ':protocol': 'websocket', ':path': `${prefix}/ws`, 'sec-websocket-version': '13' });
            stream.on('response', (head) => {
                if (head[':status'] !== 200) {
                    reject(new Error(`status ${head[':status']}`));
                }
                stream.write(Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]));
            });
            stream.on('data', (piece) => {
                expect(piece.equals(Buffer.from([0x81, 5, ...Buffer.from('hello')])), `echo ${piece.toString('hex')}`);
                stream.close();
                resolve({});
            });
            stream.on('error', reject);
        };
        session.remoteSettings && session.remoteSettings.enableConnectProtocol ? start() : session.once('remoteSettings', start);
    }))],
];

runChecks(checks, only).then(() => {
    session.close();
    process.exit(0);
});
