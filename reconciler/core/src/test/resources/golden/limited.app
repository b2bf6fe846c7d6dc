{image: {path: /srv/images/app.squashfs, sha256: 3b1f8c2a7d904e5566778899aabbccddeeff00112233445566778899aabbccdd}, run: {command: [/usr/bin/app]}, permissions: {internet: true},
systemCalls: {allow: ["@resources", ptrace], deny: ["@reboot", "@module", "@mount"]},
directives: {MemoryMax: 64M, CPUQuota: "50%", TasksMax: 32, IPAddressDeny: 198.51.100.0/24, RestrictAddressFamilies: ~AF_PACKET AF_INET6, RestrictNamespaces: ~user, SystemCallFilter: ["~@swap", "~@clock"], NoNewPrivileges: true, Restart: on-failure}}
