'use strict';
// A gRPC server: grpc_server.js. Says {"port": N}; lines on standard input: "serving", "not-serving", "cancelled?".
const path = require('path');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { say } = require('./report');

const load = (name) => grpc.loadPackageDefinition(loader.loadSync(path.join(__dirname, name), { defaults: true }));
const echo = load('echo.proto').gatehouse.test.Echo;
const health = load('health.proto').grpc.health.v1.Health;

let serving = 'SERVING';
let cancelled = 0;
let hanging = 0;

// What the caller sent comes back, so that a client can see what arrived.
function returned(call) {
    const metadata = new grpc.Metadata();
    for (const name of ['x-client-id', 'x-api-key', 'x-request-id', 'x-sent', 'x-sent-bin']) {
        for (const value of call.metadata.get(name)) {
            metadata.add(`x-back-${name}`, value);
        }
    }
    return metadata;
}

const service = {
    unary(call, done) {
        call.sendMetadata(returned(call));
        const trailer = new grpc.Metadata();
        trailer.set('x-trailer', 'end');
        done(null, call.request, trailer);
    },
    many(call) {
        for (let i = 0; i < call.request.count; ++i) {
            call.write({ text: call.request.text, count: i, data: call.request.data });
        }
        call.end();
    },
    collect(call, done) {
        const texts = [];
        let bytes = 0;
        call.on('data', (message) => {
            texts.push(message.text);
            bytes += message.data.length;
        });
        call.on('end', () => done(null, { text: texts.join(','), count: texts.length, data: Buffer.from(String(bytes)) }));
    },
    chat(call) {
        call.on('data', (message) => call.write({ text: message.text.toUpperCase(), count: message.count }));
        call.on('end', () => call.end());
        call.on('cancelled', () => ++cancelled);
    },
    fail(call, done) {
        done({ code: call.request.count, details: call.request.text });
    },
    hang(call) {
        ++hanging;
        call.on('cancelled', () => ++cancelled);
    },
};

const server = new grpc.Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
server.addService(echo.service, service);
server.addService(health.service, { check: (_, done) => done(null, { status: serving }) });
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
        throw error;
    }
    say({ port });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'serving' || line === 'not-serving') {
        serving = line === 'serving' ? 'SERVING' : 'NOT_SERVING';
        say({ status: serving });
    } else {
        say({ cancelled, hanging });
    }
}).on('close', () => process.exit(0));
