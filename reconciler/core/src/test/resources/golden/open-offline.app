{run: {command: [/usr/bin/app]}, mode: Open, permissions: {internet: false, jit: false}}
