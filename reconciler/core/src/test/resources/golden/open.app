{run: {command: [/usr/bin/app]}, mode: Open}
