'use strict';
// WebSocket clients: ws_client.js URL [CHECK] [--ca FILE] [--key KEY]. Reports each check. The check "many" opens as many
// sockets as --count says, waits for a line on standard input, asks each one once more and reports how many answered.
const fs = require('fs');
const readline = require('readline');
const WebSocket = require('ws');
const { runChecks, within, expect, say } = require('./report');

const [url, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const only = rest[0] && !rest[0].startsWith('--') ? rest[0] : undefined;
const ca = option('--ca') ? fs.readFileSync(option('--ca')) : undefined;
const headers = option('--key') ? { 'X-API-Key': option('--key') } : {};

function open(protocols = [], more = {}) {
    const socket = new WebSocket(url, protocols, { headers, ca, maxPayload: 64 * 1024 * 1024, perMessageDeflate: false, ...more });
    const opened = new Promise((resolve, reject) => {
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
        socket.once('unexpected-response', (_, answer) => reject(Object.assign(new Error(`HTTP ${answer.statusCode}`), { code: answer.statusCode })));
    });
    return within(20000, 'opening', opened);
}

const next = (socket) => within(20000, 'a message', new Promise((resolve) => socket.once('message', (data, isBinary) => resolve(isBinary ? data : data.toString()))));
const closed = (socket) => within(20000, 'the end', new Promise((resolve) => socket.once('close', (code, reason) => resolve({ closeCode: code, reason: reason.toString() }))));

async function ask(socket, message) {
    const answer = next(socket);
    socket.send(message);
    return answer;
}

const checks = [
    ['echo', async () => {
        const socket = await open();
        expect((await ask(socket, 'hello')) === 'hello', 'wrong echo');
        const bytes = Buffer.alloc(3 * 1024 * 1024, 7);
        expect(Buffer.compare(await ask(socket, bytes), bytes) === 0, 'the 3 MB came back changed');
        const end = closed(socket);
        socket.close(1000);
        return end;
    }],
    ['subprotocol', async () => {
        const socket = await open(['chat.v2', 'chat.v1']);
        const chosen = socket.protocol;
        const seen = JSON.parse(await ask(socket, 'headers'));
        socket.terminate();
        expect(chosen === 'chat.v2', `protocol ${chosen}`);
        return { client: seen['x-client-id'], key: seen['x-api-key'], id: seen['x-request-id'], extensions: seen['sec-websocket-extensions'] };
    }],
    ['deflate', async () => {
        const socket = await open([], { perMessageDeflate: { threshold: 0 } });
        const text = 'again and '.repeat(20000);
        expect((await ask(socket, text)) === text, 'wrong echo');
        socket.terminate();
        return {};
    }],
    ['ping', async () => {
        const socket = await open();
        const pong = within(20000, 'the pong', new Promise((resolve) => socket.once('pong', (data) => resolve(data.toString()))));
        socket.ping('are you there');
        const data = await pong;
        socket.terminate();
        expect(data === 'are you there', `pong ${data}`);
        return {};
    }],
    ['burst', async () => {
        const socket = await open();
        let got = 0;
        const all = new Promise((resolve) => socket.on('message', (data) => {
            expect(data.toString() === `b${got}`, `message ${data} as number ${got}`);
            if (++got === 20000) {
                resolve();
            }
        }));
        socket.send('burst 20000');
        await within(30000, 'the burst', all);
        socket.terminate();
        return { messages: got };
    }],
    ['server-closes', async () => {
        const socket = await open();
        const end = closed(socket);
        socket.send('close 4001');
        const got = await end;
        expect(got.closeCode === 4001 && got.reason === 'as you wish', `closed with ${JSON.stringify(got)}`);
        return got;
    }],
    // Says {"open": true} and then how it was closed by the other side.
    ['wait', async () => {
        const socket = await open();
        const end = new Promise((resolve) => socket.once('close', (code) => resolve({ closeCode: code })));
        say({ open: true });
        return end;
    }],
    ['refused', async () => {
        try {
            (await open()).terminate();
        } catch (error) {
            return { status: error.code };
        }
        throw new Error('it was opened');
    }],
    ['many', async () => {
        const count = Number(option('--count'));
        const sockets = [];
        while (sockets.length < count) {
            sockets.push(...await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => open())));
        }
        let lost = 0;
        sockets.forEach((socket) => socket.on('close', () => ++lost));
        say({ open: sockets.length });
        const lines = readline.createInterface({ input: process.stdin });
        for await (const _ of lines) {
            break;
        }
        let answered = 0;
        for (let at = 0; at < count; at += 500) {
            const some = sockets.slice(at, at + 500).filter((socket) => socket.readyState === WebSocket.OPEN);
            const answers = await Promise.all(some.map((socket) => ask(socket, 'still there?')));
            answered += answers.filter((answer) => answer === 'still there?').length;
        }
        return { answered, lost };
    }],
];

const unasked = ['wait', 'refused', 'many'];
runChecks(checks.filter(([name]) => only || !unasked.includes(name)), only).then(() => process.exit(0));
