{run: {unit: mosquitto.service}, mode: Open,
permissions: {internet: false, localNetwork: true, ports: [{name: mqtt, port: 1883}], devices: [], serial: false, keyring: false, debug: false, jit: false},
systemCalls: {deny: ["@reboot", "@swap"]},
directives: {NoNewPrivileges: yes, ProtectKernelModules: yes, ProtectSystem: full, RestrictNamespaces: yes, InaccessiblePaths: [/srv], MemoryMax: 100M}}
