'use strict';
// What a service on Node does with the gateway's tokens: takes the keys from where they are shown, and verifies
// with what Node brings along. Arguments: URL of the keys, the token, the audience.

const crypto = require('crypto');
const http = require('http');
const { say, within } = require('./report');

const [url, token, audience] = process.argv.slice(2);
const [header, payload, signature] = token.split('.');

function parse(part) {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

function fetchKeys() {
    return new Promise((resolve, reject) => {
        http.get(url, (response) => {
            let text = '';
            response.on('data', (piece) => (text += piece));
            response.on('end', () => resolve(JSON.parse(text).keys));
        }).on('error', reject);
    });
}

async function verify() {
    const { alg, kid, typ } = parse(header);
    const claims = parse(payload);
    const jwk = (await fetchKeys()).find((key) => key.kid === kid);
    const key = crypto.createPublicKey({ key: jwk, format: 'jwk' });
    const isSigned = crypto.verify(
        'sha256',
        Buffer.from(`${header}.${payload}`),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
    );
    const now = Date.now() / 1000;
    const isMeant = claims.iss === 'gatehouse' && claims.aud === audience;
    const isNow = claims.nbf <= now + 5 && now < claims.exp;
    say({ verified: alg === 'ES256' && typ === 'JWT' && isSigned && isMeant && isNow, sub: claims.sub });
}

within(20000, 'the verification', verify()).catch((error) => say({ verified: false, why: String(error) }));
