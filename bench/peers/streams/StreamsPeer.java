// Kafka Streams doing the job: Processor API, one thread, at least once; the store in memory or in RocksDB.
// Told by one JSON argument, tells figures as JSON lines, exactly as task.py says.

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

public final class StreamsPeer {
    static final String STORE = "orders";
    static final long STEP_MASK = 0x7FFFFFFF;

    public static final class Event {
        public String at, id, kind, note, order;
        public long number, quantity;
    }

    public static final class State {
        public long check, events, quantity;
        public String last = "";
    }

    public static final class Command {
        public long check, events, quantity;
        public String id, last, order;
    }

    static final class Json<T> implements Serializer<T>, Deserializer<T> {
        private final Class<T> type;

        Json(Class<T> type) {
            this.type = type;
        }

        @Override
        public byte[] serialize(String topic, T value) {
            return value == null ? null : JSON.toJSONBytes(value);
        }

        @Override
        public T deserialize(String topic, byte[] bytes) {
            return bytes == null ? null : JSON.parseObject(bytes, type);
        }

        @Override
        public void close() {
        }

        @Override
        public void configure(Map<String, ?> settings, boolean isKey) {
        }
    }

    static <T> Serde<T> serde(Class<T> type) {
        Json<T> json = new Json<>(type);
        return Serdes.serdeFrom(json, json);
    }

    /** Reads the clocks at the phase's beginning, middle and end. */
    static final class Meter {
        static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        final long total;
        final CountDownLatch all = new CountDownLatch(1);
        volatile long events;
        long beganCpu, beganWall, middleCpu, middleWall, middleEvents;
        boolean begun;

        Meter(long total) {
            this.total = total;
        }

        synchronized void begin() {
            if (!begun) {
                begun = true;
                say(Map.of("at", "first"));
                beganCpu = SYSTEM.getProcessCpuTime();
                beganWall = System.nanoTime();
            }
        }

        void one() {
            if (!begun) {
                begin();
            }
            events++;
            if (events == total / 2) {
                middleCpu = SYSTEM.getProcessCpuTime();
                middleWall = System.nanoTime();
                middleEvents = events;
            }
            if (events == total) {
                all.countDown();
            }
        }

        void end() throws Exception {
            long cpu = SYSTEM.getProcessCpuTime();
            long wall = System.nanoTime();
            Map<String, Object> said = new TreeMap<>();
            said.put("at", "done");
            said.put("cpu_s", (cpu - beganCpu) / 1e9);
            said.put("wall_s", (wall - beganWall) / 1e9);
            said.put("events", events);
            if (middleEvents > 0) {
                said.put("steady_cpu_s", (cpu - middleCpu) / 1e9);
                said.put("steady_wall_s", (wall - middleWall) / 1e9);
                said.put("steady_events", events - middleEvents);
            }
            said.put("process_cpu_s", cpu / 1e9);
            said.put("peak_rss_mb", peakRssMb());
            say(said);
        }
    }

    static void say(Map<String, ?> fields) {
        System.out.println(JSON.toJSONString(fields));
        System.out.flush();
    }

    static double peakRssMb() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        return 0;
    }

    static final class Orders implements Processor<String, Event, String, Command> {
        private final Meter meter;
        private ProcessorContext<String, Command> context;
        private KeyValueStore<String, State> store;

        Orders(Meter meter) {
            this.meter = meter;
        }

        @Override
        public void init(ProcessorContext<String, Command> context) {
            this.context = context;
            this.store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, Event> record) {
            Event event = record.value();
            State state = store.get(event.order);
            if (state == null) {
                state = new State();
            }
            state.check = (state.check * 31 + event.number) & STEP_MASK;
            state.events++;
            state.last = event.id;
            state.quantity += event.quantity;
            store.put(event.order, state);
            Command command = new Command();
            command.check = state.check;
            command.events = state.events;
            command.id = "c-" + event.id;
            command.last = state.last;
            command.order = event.order;
            command.quantity = state.quantity;
            context.forward(record.withValue(command));
            meter.one();
        }
    }

    static Topology topology(JSONObject task, Meter meter) {
        String variant = task.getString("variant");
        KeyValueBytesStoreSupplier supplier = variant.equals("rocksdb")
            ? Stores.persistentKeyValueStore(STORE) : Stores.inMemoryKeyValueStore(STORE);
        StoreBuilder<KeyValueStore<String, State>> builder =
            Stores.keyValueStoreBuilder(supplier, Serdes.String(), serde(State.class));
        builder = builder.withCachingDisabled();
        Json<Event> events = new Json<>(Event.class);
        Json<Command> commands = new Json<>(Command.class);
        return new Topology()
            .addSource("in", Serdes.String().deserializer(), events, task.getString("source"))
            .addProcessor("apply", () -> new Orders(meter), "in")
            .addStateStore(builder, "apply")
            .addSink("out", task.getString("output"), Serdes.String().serializer(), commands, "apply");
    }

    static Properties settings(JSONObject task) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, task.getString("group"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, task.getString("bootstrap"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, task.getString("folder"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 100);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
        return settings;
    }

    /** Tells the meter when the restoring of the changelog begins, and counts what was read. */
    static final class Restored implements StateRestoreListener {
        private final Meter meter;

        Restored(Meter meter) {
            this.meter = meter;
        }

        @Override
        public void onRestoreStart(TopicPartition at, String store, long start, long end) {
            meter.begin();
        }

        @Override
        public synchronized void onBatchRestored(TopicPartition at, String store, long end, long count) {
            meter.events += count;
        }

        @Override
        public void onRestoreEnd(TopicPartition at, String store, long total) {
        }
    }

    static String digest(KafkaStreams streams) throws Exception {
        var ordered = new TreeMap<String, State>();
        var query = org.apache.kafka.streams.StoreQueryParameters.fromNameAndType(
            STORE, org.apache.kafka.streams.state.QueryableStoreTypes.<String, State>keyValueStore());
        try (KeyValueIterator<String, State> all = streams.store(query).all()) {
            all.forEachRemaining(pair -> ordered.put(pair.key, pair.value));
        }
        List<Object> rows = new ArrayList<>();
        ordered.forEach((order, s) -> rows.add(List.of(order, s.check, s.events, s.last, s.quantity)));
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(JSON.toJSONString(rows).getBytes(StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            text.append(String.format("%02x", hash[i]));
        }
        return text.toString();
    }

    public static void main(String[] arguments) throws Exception {
        JSONObject task = JSON.parseObject(arguments[0]);
        Meter meter = new Meter(task.getLongValue("events"));
        KafkaStreams streams = new KafkaStreams(topology(task, meter), settings(task));
        if (task.getString("mode").equals("recover")) {
            CountDownLatch running = new CountDownLatch(1);
            streams.setGlobalStateRestoreListener(new Restored(meter));
            streams.setStateListener((now, before) -> {
                if (now == KafkaStreams.State.RUNNING) {
                    running.countDown();
                }
            });
            streams.start();
            running.await();
            meter.end();
            say(Map.of("at", "state", "digest", digest(streams)));
        } else {
            streams.start();
            if (task.getString("mode").equals("steady")) {
                new CountDownLatch(1).await();
            }
            meter.all.await();
            streams.close(); // flushes, then commits
            meter.end();
        }
        Runtime.getRuntime().halt(0);
    }
}
