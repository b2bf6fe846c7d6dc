{image: {path: /srv/images/app.squashfs, sha256: 3b1f8c2a7d904e5566778899aabbccddeeff00112233445566778899aabbccdd}, run: {command: [/usr/bin/app]},
permissions: {internet: true, ports: [{name: web, port: 8080}], state: true}}
