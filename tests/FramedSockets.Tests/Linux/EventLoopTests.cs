using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>Where handlers run, what they can do to a loop, and when its thread ends.</summary>
[SupportedOSPlatform("linux")]
public sealed class EventLoopTests : IDisposable
{
    private const int Block = 1;
    private const int Where = 2;
    private const int Silent = 3;
    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource _inside = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _go = new();

    public void Dispose() => _go.Dispose();

    [LinuxTheory]
    [InlineData(LinuxScheduling.ThreadPool, 1)]
    [InlineData(LinuxScheduling.Inline, 0)]
    public async Task Handlers_run_where_it_was_said(LinuxScheduling scheduling, int expected)
    {
        await using var rig = await Rig.Start(scheduling);
        await using var server = await Serve(rig);
        await using var client = await Connect(rig, server);

        // Where frames are there already, the handler takes them before it first waits, on the thread that began it.
        await Timeouts.Until(async () => await Ask(client, Where) == expected);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(expected, await Ask(client, Where));
        }
    }

    [LinuxFact]
    public async Task A_handler_that_blocks_on_the_pool_holds_nobody_else()
    {
        await using var rig = await Rig.Start(LinuxScheduling.ThreadPool);
        await using var server = await Serve(rig);
        await using var blocked = await Connect(rig, server);
        await using var other = await Connect(rig, server);
        await blocked.SendAsync(Block, ReadOnlyMemory<byte>.Empty).Soon();
        await _inside.Task.Soon();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(0, await Ask(other, 0));
        }

        _go.Set();
        Assert.True(await blocked.WaitToReadAsync().Soon());
        Assert.Equal(0, rig.Transport.LateHandlers);
    }

    [LinuxFact]
    public async Task A_handler_that_holds_its_loop_is_counted_and_logged_while_it_does()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline, with: options => options with
        {
            HandlerLimit = TimeSpan.FromSeconds(3),
            Sockets = options.Sockets with { TimeProvider = _clock },
        });
        await using var server = await Serve(rig);
        await using var client = await Connect(rig, server);
        await Timeouts.Until(async () => await Ask(client, Where) == 0);
        await client.SendAsync(Block, ReadOnlyMemory<byte>.Empty).Soon();
        await _inside.Task.Soon();
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, rig.Transport.LateHandlers);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1, rig.Transport.LateHandlers);
        _ = Assert.Single(rig.Log.Of("HandlerIsLate"));
        _go.Set();
        Assert.True(await client.WaitToReadAsync().Soon());
        await client.DisposeAsync().Soon();
    }

    [LinuxFact]
    public async Task What_throws_on_the_loop_is_logged_and_the_loop_goes_on()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (here, peer) = await rig.Connect();
        var thrown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var awaiter = here.Input.ReadAsync().ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(() =>
        {
            thrown.SetResult();
            throw new InvalidOperationException("thrown on the loop");
        });
        _ = await peer.SendAsync(new byte[1]).Soon();
        await thrown.Task.Soon();
        here.Input.AdvanceTo(awaiter.GetResult().Buffer.End);
        var read = here.Input.ReadAsync().Soon();
        _ = await peer.SendAsync(new byte[1]).Soon();
        here.Input.AdvanceTo((await read).Buffer.End);
        _ = Assert.Single(rig.Log.Of("EventFailed"));
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task What_a_flush_resumes_may_throw_and_the_reader_is_told_of_the_same_event()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (here, peer) = await rig.Connect();
        var read = here.Input.ReadAsync().Soon();
        var accept = rig.Accept();

        // Both directions become ready while the loop is held: that is one event.
        using var other = await Hold(rig);
        rig.Plan(SystemCall.Send, -Errno.TryAgain);
        var flush = here.Output.WriteAsync(new byte[1]).ConfigureAwait(false).GetAwaiter();
        flush.UnsafeOnCompleted(() => throw new InvalidOperationException("thrown on the loop"));
        _ = await peer.SendAsync(new byte[1]).Soon();
        _go.Set();
        here.Input.AdvanceTo((await read).Buffer.End);
        _ = flush.GetResult();
        await Timeouts.Until(() => rig.Log.Of("EventFailed").Count == 1);
        await Rig.Close((await accept)!);
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(1, "Receive Receive Receive 0 1 2")]
    [InlineData(4097, "Receive 0 Receive 1 Receive 2")]
    public async Task What_is_short_is_received_for_all_that_are_ready_before_the_first_is_handled(int length, string expected)
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var seen = new ConcurrentQueue<string>();
        var (connections, finish) = await Ready(rig, [length, length, length], call =>
        {
            if (call == SystemCall.Receive)
            {
                seen.Enqueue("Receive");
            }
        });
        var handled = connections.Select((connection, i) => Handled(connection, () => seen.Enqueue($"{i}"))).ToArray();
        var other = await finish();
        foreach (var read in handled)
        {
            Assert.Equal(length, (int)(await read).Buffer.Length);
        }

        Assert.Equal(expected, string.Join(' ', seen));
        await Task.WhenAll(connections.Append(other).Select(Rig.Close));
    }

    [LinuxFact]
    public async Task What_is_short_waits_for_fifteen_events_at_most()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (connections, finish) = await Ready(rig, [1, .. Enumerable.Repeat(5000, 30)]);
        var seen = new ConcurrentQueue<int>();
        var handled = connections.Select((connection, i) => Handled(connection, () => seen.Enqueue(i))).ToArray();
        var other = await finish();
        _ = await Task.WhenAll(handled).Soon();
        Assert.Equal([.. Enumerable.Range(1, 15), 0, .. Enumerable.Range(16, 15)], seen);
        await Task.WhenAll(connections.Append(other).Select(Rig.Close));
    }

    [LinuxFact]
    public async Task A_handler_that_throws_does_not_keep_those_from_theirs_who_received_with_it()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (connections, finish) = await Ready(rig, [1, 1, 1]);
        var handled = connections.Select(connection => Handled(connection, () => throw new InvalidOperationException("thrown on the loop"))).ToArray();
        var other = await finish();
        await Timeouts.Until(() => rig.Log.Of("EventFailed").Count == 3);
        foreach (var read in handled)
        {
            Assert.Equal(1, (await read).Buffer.Length);
        }

        await Task.WhenAll(connections.Append(other).Select(Rig.Close));
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_may_end_a_connection_that_has_received_with_it(bool completes)
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (connections, finish) = await Ready(rig, [1, 1]);
        var first = Handled(connections[0], () =>
        {
            if (completes)
            {
                connections[1].Input.Complete();
            }

            connections[1].Abort();
        });
        var second = Handled(connections[1], () => { });
        var other = await finish();
        Assert.Equal(1, (await first).Buffer.Length);
        _ = await second.Fails(FramedSocketError.ConnectionAborted);
        await Task.WhenAll(connections.Append(other).Select(Rig.Close));
    }

    [LinuxFact]
    public async Task One_busy_peer_does_not_starve_the_others_of_its_loop()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        await using var server = await Serve(rig);
        await using var other = await Connect(rig, server);
        using var flood = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await flood.ConnectAsync(server.LocalEndPoint!).Soon();
        using var stop = new CancellationTokenSource();
        var flooding = Task.Run(() =>
        {
            var frames = Enumerable.Range(0, 2000).SelectMany(_ => new TagCodec().Frame(Silent, Frames.Body(32))).ToArray();
            while (!stop.IsCancellationRequested)
            {
                _ = flood.Send(frames);
            }
        });
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(0, await Ask(other, 0));
        }

        await stop.CancelAsync();
        await flooding.Soon();
    }

    [LinuxFact]
    public async Task A_thread_ends_when_it_has_had_nothing_to_watch_for_a_while_and_another_begins()
    {
        var threads = new HashSet<Thread>();
        var rig = await Rig.Start(LinuxScheduling.ThreadPool);
        rig.OnCall = call =>
        {
            if (call == SystemCall.EpollWait)
            {
                lock (threads)
                {
                    _ = threads.Add(Thread.CurrentThread);
                }
            }
        };
        var (here, peer) = await rig.Connect();
        _ = await peer.SendAsync(new byte[1]).Soon();
        here.Input.AdvanceTo((await here.Input.ReadAsync().Soon()).Buffer.End);
        peer.Dispose();
        await Rig.Close(here);
        await rig.DisposeAsync();

        // It may have waited before all this, and comes to wait again a little later.
        await Timeouts.Until(() =>
        {
            lock (threads)
            {
                return threads.Count > 0;
            }
        });
        Assert.True(Assert.Single(threads).Join(TimeSpan.FromSeconds(30)));

        await using var listener = await rig.Transport.ListenAsync(rig.EndPoint).Soon();
        var connecting = rig.Transport.ConnectAsync(listener.EndPoint).Soon();
        await Rig.Close((await listener.AcceptAsync().Soon())!);
        await Rig.Close(await connecting);
    }

    /// <summary>Connections that wait for bytes, which are all there when the loop next looks.</summary>
    /// <returns>The connections, and what lets the loop look, by one connection more.</returns>
    private async Task<(ITransportConnection[] Connections, Func<Task<ITransportConnection>> Finish)> Ready(Rig rig, int[] lengths, Action<SystemCall>? onCall = null)
    {
        var pairs = new List<(ITransportConnection Here, Socket Peer)>();
        foreach (var _ in lengths)
        {
            pairs.Add(await rig.Connect());
        }

        return ([.. pairs.Select(pair => pair.Here)], Finish);

        async Task<ITransportConnection> Finish()
        {
            var accept = rig.Accept();
            using var other = await Hold(rig, onCall);
            foreach (var (peer, length) in pairs.Select(pair => pair.Peer).Zip(lengths))
            {
                Assert.Equal(length, await peer.SendAsync(new byte[length]).Soon());
                await Timeouts.Until(() => HasArrived(peer));
                peer.Dispose();
            }

            _go.Set();
            return (await accept)!;
        }
    }

    /// <summary>Whether all that was sent was acknowledged: <c>tcpi_unacked</c> of linux/tcp.h.</summary>
    private static bool HasArrived(Socket peer)
    {
        Span<byte> info = stackalloc byte[28];
        Assert.Equal(info.Length, peer.GetRawSocketOption((int)SocketOptionLevel.Tcp, 11, info));
        return MemoryMarshal.Read<int>(info[24..]) == 0;
    }

    /// <summary>Waits for bytes, and says where they are handled before it goes on elsewhere.</summary>
    private static async Task<ReadResult> Handled(ITransportConnection connection, Action onHandled)
    {
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = connection.Input.ReadAsync().ConfigureAwait(false).GetAwaiter();
        read.UnsafeOnCompleted(() =>
        {
            try
            {
                onHandled();
            }
            finally
            {
                handled.SetResult();
            }
        });
        await handled.Task.Soon();
        return read.GetResult();
    }

    /// <summary>Somebody else wakes the loop, which then waits for <see cref="_go"/>; what becomes ready meanwhile is told at once.</summary>
    private async Task<Socket> Hold(Rig rig, Action<SystemCall>? then = null)
    {
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.OnCall = call =>
        {
            if (call == SystemCall.EpollWait)
            {
                isHeld.SetResult();
                _go.Wait();
                rig.OnCall = then;
            }
        };
        var other = await rig.ConnectPeer();
        await isHeld.Task.Soon();
        return other;
    }

    private static async Task<FrameConnection<int>> Connect(Rig rig, TcpFrameServer<int> server) =>
        await new TcpFrameClient<int>(new TagCodec(), new() { Connection = new() { Pool = rig.Pool } }).ConnectAsync(server.LocalEndPoint!).Soon();

    /// <summary>Asks one thing and returns the answer's header.</summary>
    private static async Task<int> Ask(FrameConnection<int> client, int what)
    {
        await client.SendAsync(what, ReadOnlyMemory<byte>.Empty).Soon();
        Assert.True(await client.WaitToReadAsync().Soon());
        Assert.True(client.TryRead(out var frame));
        return frame.Header;
    }

    private async Task<TcpFrameServer<int>> Serve(Rig rig)
    {
        var server = new TcpFrameServer<int>(new TagCodec(), Handle, new() { Transport = rig.Transport, Connection = new() { Pool = rig.Pool } });
        await server.StartAsync().Soon();
        return server;
    }

    private ValueTask Handle(FrameConnection<int> connection, Frame<int> frame)
    {
        var answer = 0;
        switch (frame.Header)
        {
            case Silent:
                return default;
            case Block:
                _inside.SetResult();
                Assert.True(_go.Wait(TimeSpan.FromSeconds(30)));
                break;
            case Where:
                answer = Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
                break;
        }

        return connection.SendAsync(answer, ReadOnlyMemory<byte>.Empty);
    }
}
