{run: {command: [/usr/sbin/mosquitto, -c, /etc/mosquitto/mosquitto.conf]},
permissions: {localNetwork: true, ports: [{port: 1883}, {port: 5353, protocol: UDP}], state: true}}
