{image: {path: /srv/images/app.squashfs, sha256: 3b1f8c2a7d904e5566778899aabbccddeeff00112233445566778899aabbccdd}, run: {command: [/app/run]},
permissions: {serial: [{device: /dev/ttyUSB0}], devices: [{device: /dev/video0}], storage: [{source: media, mountPath: /data, access: ReadWrite}, {source: config, mountPath: /settings}], jit: true}}
