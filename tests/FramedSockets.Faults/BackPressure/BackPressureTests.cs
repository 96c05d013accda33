using System.Buffers;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.BackPressure;

/// <summary>Whoever is slower than his peer makes it wait, and keeps little.</summary>
public abstract class BackPressureTests(TransportKind kind)
{
    public sealed class OverSockets() : BackPressureTests(TransportKind.Sockets);

    public sealed class OverLinux() : BackPressureTests(TransportKind.Linux);

    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;

    [Case("R17")]
    public async Task A_handler_that_does_not_read_makes_the_sender_wait()
    {
        const int Total = 64 * MiB;
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, IsPatient = true });
        var before = await server.MeasureWarmAsync();
        await using var connection = await Clients.ConnectAsync(server.EndPoint, kind);
        await connection.SendAsync(new("wait", 0), default).Soon();
        _ = await server.UntilAsync(state => state.Frames == before.Frames + 1);
        var (sent, body) = (0L, Wire.Body(64 * KiB));
        var sending = Task.Run(async () =>
        {
            for (; sent < Total; sent += body.Length)
            {
                await connection.SendAsync(new("keep", sent), body);
            }

            await connection.SendAsync(new("echo", Total), body);
        });
        await Progress.UntilStuckAsync(() => Interlocked.Read(ref sent));
        var held = await server.MeasureAsync() - before;
        Assert.False(sending.IsCompleted);
        Assert.InRange(held.Managed, long.MinValue, 256 * KiB);
        var stuck = sent;
        await server.GoAsync();
        await sending.WaitAsync(TimeSpan.FromMinutes(1));
        var last = await connection.ReadAsync().Soon();
        Assert.Equal((Total, body.Length), (last.Header.Id, last.BodyLength));
        Assert.Equal(before.Frames + 2 + (Total / body.Length), (await server.LookAsync()).Frames);
        Figures.Record("R17", $"the sender waited after {stuck / MiB} MiB, {held.Managed / 1024.0:N0} KiB held; then all 64 MiB arrived", kind);
    }

    [Case("R18")]
    public async Task Senders_to_a_stopped_peer_wait_and_keep_nothing()
    {
        await using var peer = await ServerProcess.StartAsync(new() { Transport = kind });

        // The lowest rate ends them where there is time to see it, and not before.
        var options = Clients.Options(kind);
        await using var connection = await Clients.ConnectAsync(peer.EndPoint, Scale.IsFull ? options : options with { Deadlines = FrameDeadlines.None });
        await connection.AssertEchoAsync();
        await peer.SignalAsync("STOP");
        var body = Wire.Body(MiB);
        var (before, pool) = (Heap.Measure(), Clients.Pool(kind));
        var (tasks, count) = Send(connection, body);
        await Progress.UntilStuckAsync(count);
        Assert.NotEqual(tasks.Length, count());
        var (buffered, most) = (pool.OutstandingLength, Heap.Measure() - before);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < Scale.Of(200, 3); i++)
        {
            _ = await timer.WaitForNextTickAsync();
            buffered = Math.Max(buffered, pool.OutstandingLength);
            most = Math.Max(most, Heap.Measure() - before);
        }

        // The queue and one frame. Of the heap that is a bound and no figure: what an earlier case left may be collected only now.
        Assert.InRange(most, long.MinValue, (64 * KiB) + MiB);
        Assert.InRange(buffered, 0, (64 * KiB) + MiB);
        connection.Abort();
        var waiting = tasks.Where(task => !task.IsCompletedSuccessfully).ToArray();
        var failures = await Task.WhenAll(waiting.Select(task => Assert.ThrowsAsync<FramedSocketException>(() => task.Soon())));
        var reason = Assert.Single(failures.Distinct());
        Assert.Equal(Scale.IsFull ? FramedSocketError.WriteTimeout : FramedSocketError.ConnectionAborted, reason.Error);
        await peer.SignalAsync("CONT");
        _ = await Clients.AssertServedAsync(peer.EndPoint);
        Figures.Record("R18", $"{waiting.Length} of 100 senders of 1 MiB wait for a stopped peer: {buffered / 1024.0:N0} KiB buffered at most in {Scale.Of(20, 0)} s; one reason for all, {reason.Error}", kind);
    }

    [Case("R18")]
    public async Task Senders_to_a_peer_that_goes_on_complete_in_order()
    {
        await using var peer = await ServerProcess.StartAsync(new() { Transport = kind, IsPatient = true });
        await using var connection = await Clients.ConnectAsync(peer.EndPoint, kind);
        await connection.AssertEchoAsync();
        await peer.SignalAsync("STOP");
        var (tasks, count) = Send(connection, Wire.Body(MiB));
        await Progress.UntilStuckAsync(count);
        await peer.SignalAsync("CONT");
        for (var i = 0; i < tasks.Length; i++)
        {
            Assert.Equal(i, (await connection.ReadAsync().Soon()).Header.Id);
        }

        await Task.WhenAll(tasks).Soon();
        Figures.Record("R18", $"with SIGCONT all {tasks.Length} in order", kind);
    }

    [Case("R20")]
    public async Task Many_senders_on_one_connection_interleave_frames_and_never_bytes()
    {
        const int Senders = 64;
        var each = Scale.Of(10_000, 200);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        await using var connection = await Clients.ConnectAsync(server.EndPoint, kind);
        var start = TimeProvider.System.GetTimestamp();
        var sending = Crowd.RunAsync(Senders, Senders, async sender =>
        {
            var random = new Random(sender);
            for (var i = 0; i < each; i++)
            {
                // Most are small; one in a hundred is anything up to 64 KiB.
                var length = random.Next(random.Next(100) == 0 ? 65_537 : 200);
                await connection.SendAsync(new("echo", (sender << 20) + i), Wire.Body(length, sender + i));
            }
        });
        var (next, bytes) = (new int[Senders], 0L);
        for (var left = Senders * each; left > 0; left--)
        {
            var frame = await connection.ReadAsync().Soon();
            var (sender, i) = ((int)(frame.Header.Id >> 20), (int)(frame.Header.Id & 0xFFFFF));
            Assert.Equal(next[sender]++, i);
            Assert.Equal(Wire.Body((int)frame.BodyLength, sender + i), frame.Body.ToArray());
            bytes += frame.BodyLength;
        }

        await sending;
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Figures.Record("R20", $"{Senders} senders × {each:N0} frames, {bytes / 1048576.0:N0} MiB: all whole, each sender's in order, in {seconds:N1} s", kind);
    }

    /// <summary>A hundred frames at once, each of which is answered; and how many have been accepted.</summary>
    private static (Task[] Tasks, Func<long> Count) Send(FrameConnection<Order> connection, byte[] body)
    {
        var tasks = Enumerable.Range(0, 100).Select(i => connection.SendAsync(new("tell", i), body).AsTask()).ToArray();
        return (tasks, () => tasks.Count(task => task.IsCompleted));
    }
}
