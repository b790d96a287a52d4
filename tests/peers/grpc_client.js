'use strict';
// A gRPC client: grpc_client.js HOST:PORT [CHECK] [--ca FILE] [--key KEY]. Reports each check.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { runChecks, within, expect, say } = require('./report');

const [address, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const only = rest[0] && !rest[0].startsWith('--') ? rest[0] : undefined;
const ca = option('--ca');
const key = option('--key');

const { Echo } = grpc.loadPackageDefinition(loader.loadSync(path.join(__dirname, 'echo.proto'), { defaults: true })).gatehouse.test;
const credentials = ca ? grpc.credentials.createSsl(fs.readFileSync(ca)) : grpc.credentials.createInsecure();
const client = new Echo(address, credentials, {
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    'grpc.enable_retries': 0,
    ...(ca ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
});

function metadata(fields = {}) {
    const all = new grpc.Metadata();
    if (key) {
        all.set('x-api-key', key);
    }
    for (const [name, value] of Object.entries(fields)) {
        all.set(name, value);
    }
    return all;
}

const deadline = (milliseconds) => ({ deadline: Date.now() + milliseconds });

function unary(message, fields = {}, options = deadline(20000)) {
    return new Promise((resolve, reject) => {
        let head;
        let trailer;
        const call = client.Unary(message, metadata(fields), options, (error, answer) =>
            setImmediate(() => (error ? reject(error) : resolve({ answer, head, trailer }))));
        call.on('metadata', (got) => (head = got));
        call.on('status', (status) => (trailer = status.metadata));
    });
}

function refused(call) {
    return new Promise((resolve, reject) =>
        call((error) => (error ? resolve({ status: error.code, details: error.details }) : reject(new Error('it was answered')))));
}

const checks = [
    ['unary', async () => {
        const { answer } = await unary({ text: 'hello', count: 7 });
        expect(answer.text === 'hello' && answer.count === 7, `wrong answer ${JSON.stringify(answer)}`);
        return {};
    }],
    ['metadata', async () => {
        const { head, trailer } = await unary({ text: 'm' }, { 'x-sent': 'some text', 'x-sent-bin': Buffer.from([0, 1, 255]) });
        expect(head.get('x-back-x-sent')[0] === 'some text', 'the text did not come back');
        expect(Buffer.compare(head.get('x-back-x-sent-bin')[0], Buffer.from([0, 1, 255])) === 0, 'the bytes did not come back');
        expect(trailer.get('x-trailer')[0] === 'end', 'the trailer is missing');
        return { client: head.get('x-back-x-client-id')[0], key: head.get('x-back-x-api-key')[0], id: head.get('x-back-x-request-id')[0] };
    }],
    ['large', async () => {
        const data = Buffer.alloc(4 * 1024 * 1024, 'x');
        const { answer } = await unary({ text: 'large', data });
        expect(Buffer.compare(answer.data, data) === 0, 'the 4 MB came back changed');
        return { bytes: answer.data.length };
    }],
    ['server-stream', async () => {
        const call = client.Many({ text: 'n', count: 500, data: Buffer.alloc(2000) }, metadata(), deadline(20000));
        let next = 0;
        for await (const message of call) {
            expect(message.count === next, `message ${message.count} came as number ${next}`);
            ++next;
        }
        expect(next === 500, `${next} of 500 messages came`);
        return { messages: next };
    }],
    ['client-stream', () => new Promise((resolve, reject) => {
        const call = client.Collect(metadata(), deadline(20000), (error, answer) => {
            if (error) {
                reject(error);
            } else {
                expect(answer.count === 300, `${answer.count} of 300 messages arrived`);
                resolve({ messages: answer.count, bytes: Number(answer.data.toString()) });
            }
        });
        for (let i = 0; i < 300; ++i) {
            call.write({ text: String(i), data: Buffer.alloc(1000) });
        }
        call.end();
    })],
    ['both-stream', async () => {
        const call = client.Chat(metadata(), deadline(20000));
        let got = 0;
        const over = new Promise((resolve, reject) => {
            call.on('data', (message) => {
                expect(message.text === `WORD ${message.count}`, `wrong word ${message.text}`);
                ++got;
                // The next word only after the last one's answer: nothing may wait for a fuller buffer.
                if (got < 50) {
                    call.write({ text: `word ${got}`, count: got });
                } else {
                    call.end();
                }
            });
            call.on('error', reject);
            call.on('end', resolve);
        });
        call.write({ text: 'word 0', count: 0 });
        await within(20000, 'the conversation', over);
        expect(got === 50, `${got} of 50 words came back`);
        return { messages: got };
    }],
    ['status', async () => {
        const got = await refused((done) => client.Fail({ text: 'no such thing: 5 % gone', count: 5 }, metadata(), deadline(20000), done));
        expect(got.status === 5 && got.details === 'no such thing: 5 % gone', `wrong status ${JSON.stringify(got)}`);
        return got;
    }],
    ['deadline', async () => {
        const begin = Date.now();
        const got = await refused((done) => client.Hang({ text: 'h' }, metadata(), deadline(700), done));
        expect(got.status === grpc.status.DEADLINE_EXCEEDED, `wrong status ${JSON.stringify(got)}`);
        return { milliseconds: Date.now() - begin };
    }],
    ['cancel', async () => {
        const got = await refused((done) => {
            const call = client.Hang({ text: 'h' }, metadata(), deadline(20000), done);
            setTimeout(() => call.cancel(), 300);
        });
        expect(got.status === grpc.status.CANCELLED, `wrong status ${JSON.stringify(got)}`);
        return got;
    }],
    ['hundred', async () => {
        const all = await Promise.all(Array.from({ length: 100 }, (_, i) => unary({ text: `t${i}` })));
        expect(all.every(({ answer }, i) => answer.text === `t${i}`), 'answers were mixed up');
        return { calls: all.length };
    }],
    // Opens --count streams, says so, waits for a line on standard input, and asks each one once more.
    ['many', async () => {
        const count = Number(option('--count'));
        const calls = Array.from({ length: count }, () => client.Chat(metadata()));
        let lost = 0;
        const ask = (call, i) => within(60000, 'a word', new Promise((resolve) => {
            call.once('data', (message) => resolve(message.text === `WORD ${i}`));
            call.write({ text: `word ${i}`, count: i });
        }));
        calls.forEach((call) => call.on('error', () => ++lost).on('end', () => ++lost));
        await Promise.all(calls.map(ask));
        say({ open: count });
        const lines = readline.createInterface({ input: process.stdin });
        for await (const _ of lines) {
            break;
        }
        const before = lost;
        const answers = await Promise.all(calls.map(ask));
        return { answered: answers.filter((good) => good).length, lost: before };
    }],
    ['refused', () => refused((done) => client.Unary({ text: 'x' }, metadata(), deadline(20000), done))],
];

runChecks(only ? checks : checks.filter(([name]) => name !== 'refused' && name !== 'many'), only).then(() => {
    client.close();
    process.exit(0);
});
