using System.Buffers;
using System.Net;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Soak;

/// <summary>Everything at once for a long time: many senders, cancelled sends, aborts, disposals, a server that restarts.</summary>
public sealed class SoakTests
{
    private const int MiB = 1024 * 1024;

    /// <summary>
    /// glibc keeps what was freed in arenas, up to eight for a core: that grows by megabytes beside the same bytes in use, which nobody
    /// here holds. One arena gives back what is free at its end. Each thread keeps arrays of the shared pool, about a megabyte, so that
    /// threads which come and go hide what grows: there are always four.
    /// </summary>
    private static readonly string[] Calm = OperatingSystem.IsLinux()
        ? ["env", "MALLOC_ARENA_MAX=1", "MALLOC_TRIM_THRESHOLD_=131072", "DOTNET_ThreadPool_ForceMinWorkerThreads=4", "DOTNET_ThreadPool_ForceMaxWorkerThreads=4"]
        : [];

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly List<ServerState> _samples = [];
    private readonly TimeSpan _length = Scale.IsFull ? Scale.Soak : TimeSpan.FromSeconds(2);
    private long _frames;
    private long _ends;

    private bool IsOver => TimeProvider.System.GetElapsedTime(_start) >= _length;

    [Case("R56")]
    public async Task Nothing_grows_and_nothing_is_torn()
    {
        await using var server = await ServerProcess.StartAsync(null, Calm);
        await using var shared = await Clients.ConnectAsync(server.EndPoint);
        var reading = ReadAsync(shared);
        var work = Crowd.AllAsync(
            Crowd.RunAsync(16, 16, sender => SendAsync(shared, sender, mayCancel: false)),
            Crowd.RunAsync(16, 16, sender => SendAsync(shared, 16 + sender, mayCancel: true)),
            Crowd.RunAsync(4, 4, who => ComeAndGoAsync(server, who)),
            Crowd.RunAsync(1, 1, _ => DisposeAsync()),
            Crowd.RunAsync(1, 1, _ => StayAsync()));
        await SampleAsync(server, work);
        await work;
        await shared.SendAsync(new("echo", -1), default).Soon();
        await reading.WaitAsync(TimeSpan.FromMinutes(1));
        var late = _samples.Skip(_samples.Count / 3).ToArray();
        var hours = _length.TotalHours / 3;
        var (managed, resident) = (Growth(late, one => one.Managed), Growth(late, one => one.Resident));
        if (Scale.IsFull)
        {
            var samples = string.Join(", ", _samples.Select(one => $"{one.Managed / 1024}/{one.Resident / 1024}/{one.Threads}"));
            Assert.True(managed <= MiB, $"{managed:N0} bytes managed more. Managed KiB/resident KiB/threads: {samples}.");
            Assert.True(resident <= MiB, $"{resident:N0} bytes resident more. Managed KiB/resident KiB/threads: {samples}.");
        }

        Assert.InRange(late[^1].Descriptors, 0, late[0].Descriptors + 12);
        Figures.Record(
            "R56",
            $"{_length.TotalMinutes:N0} min: {_frames:N0} frames, {_ends:N0} ends; in the last two thirds {managed / 1024.0:N0} KiB managed and {resident / 1048576.0:N1} MiB RSS more ({resident / 1048576.0 / hours:N1} MiB/h), {late[^1].Descriptors - late[0].Descriptors} descriptors; 0 wrong bytes");
    }

    /// <summary>How much a number grew, from the least of the first half to the least of the second: what is above is in flight.</summary>
    private static long Growth(ServerState[] samples, Func<ServerState, long> number) =>
        samples[(samples.Length / 2)..].Min(number) - samples[..(samples.Length / 2)].Min(number);

    private static Task ReadAsync(FrameConnection<Order> connection) => Task.Run(async () =>
    {
        await foreach (var frame in connection.ReadAllAsync())
        {
            if (frame.Header.Id < 0)
            {
                return;
            }

            Assert.Equal(Wire.Body((int)frame.BodyLength, (int)frame.Header.Id), frame.Body.ToArray());
        }
    });

    private async Task SampleAsync(ServerProcess server, Task work)
    {
        using var timer = new PeriodicTimer(_length / 30);
        while (!work.IsCompleted || _samples.Count < 6)
        {
            _ = await timer.WaitForNextTickAsync();
            _samples.Add(await server.MeasureAsync());
        }
    }

    private async Task SendAsync(FrameConnection<Order> connection, int sender, bool mayCancel)
    {
        var random = new Random(sender);
        while (!IsOver)
        {
            using var cancelled = new CancellationTokenSource();
            if (mayCancel)
            {
                cancelled.CancelAfter(TimeSpan.FromMicroseconds(random.Next(5000)));
            }

            try
            {
                await connection.SendAsync(new("echo", sender), Wire.Body(random.Next(random.Next(20) == 0 ? 65_537 : 2000), sender), cancelled.Token);
                _ = Interlocked.Increment(ref _frames);
            }
            catch (OperationCanceledException)
            {
                // It never left.
            }
        }
    }

    /// <summary>Connections of a few frames, some of them aborted.</summary>
    private async Task ComeAndGoAsync(ServerProcess server, int who)
    {
        var random = new Random(who);
        while (!IsOver)
        {
            await using var connection = await Clients.ConnectAsync(server.EndPoint);
            for (var i = random.Next(20); i >= 0; i--)
            {
                await connection.AssertEchoAsync(random.Next(30_000), who);
                _ = Interlocked.Increment(ref _frames);
            }

            if (random.Next(3) == 0)
            {
                await connection.SendAsync(new("echo", who), Wire.Body(1000)).Soon();
                connection.Abort();
            }

            _ = Interlocked.Increment(ref _ends);
        }
    }

    /// <summary>Servers and clients that are disposed at the same time.</summary>
    private async Task DisposeAsync()
    {
        await using var options = new PoisonedOptions(TransportKind.Sockets);
        while (!IsOver)
        {
            await using var server = new TcpFrameServer<Order>(Wire.Codec, EchoAsync, options.Server);
            await server.StartAsync().Soon();
            await using var client = await Clients.ConnectAsync(server.LocalEndPoint!);
            await client.SendAsync(new("echo", 1), Wire.Body(100)).Soon();
            await Task.WhenAll(Task.Run(() => client.DisposeAsync().AsTask()), Task.Run(() => server.DisposeAsync().AsTask())).Soon();
            _ = Interlocked.Increment(ref _ends);
        }
    }
    /// <summary>A client that stays, while its server comes and goes.</summary>
    private async Task StayAsync()
    {
        await using var options = new PoisonedOptions(TransportKind.Sockets);

        // Between a stop and a start its port is free: on an address of its own nobody takes it.
        EndPoint address = new IPEndPoint(OperatingSystem.IsLinux() ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback, 0);
        await using (var first = new TcpFrameServer<Order>(Wire.Codec, EchoAsync, options.Server with { EndPoint = address }))
        {
            await first.StartAsync().Soon();
            address = first.LocalEndPoint!;
        }

        await using var server = new TcpFrameServer<Order>(Wire.Codec, EchoAsync, options.Server with { EndPoint = address });
        using var over = new CancellationTokenSource();
        using var served = new SemaphoreSlim(0);
        var run = new TcpFrameClient<Order>(Wire.Codec, options.Client).RunAsync(
            address,
            async connection =>
            {
                await connection.AssertEchoAsync(1000);
                _ = served.Release();
                while (true)
                {
                    await connection.AssertEchoAsync(1000);
                }
            },
            over.Token);
        while (!IsOver)
        {
            await server.StartAsync().Soon();
            Assert.True(await served.WaitAsync(TimeSpan.FromMinutes(1)));
            _ = await server.StopAsync().Soon();
            _ = Interlocked.Increment(ref _ends);
        }

        await over.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Soon());
    }

    private static ValueTask EchoAsync(FrameConnection<Order> connection, Frame<Order> frame) => connection.SendAsync(frame.Header, frame.Body);
}
