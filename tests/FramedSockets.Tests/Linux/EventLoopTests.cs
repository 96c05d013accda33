using System.Net.Sockets;
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
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.OnCall = call =>
        {
            if (call == SystemCall.EpollWait)
            {
                isHeld.SetResult();
                _go.Wait();
                rig.OnCall = null;
            }
        };

        // Somebody else wakes the loop, which then waits here. Both directions become ready meanwhile: that is one event.
        var accept = rig.Accept();
        using var other = await rig.ConnectPeer();
        await isHeld.Task.Soon();
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
        Assert.True(Assert.Single(threads).Join(TimeSpan.FromSeconds(30)));

        await using var listener = await rig.Transport.ListenAsync(rig.EndPoint).Soon();
        var connecting = rig.Transport.ConnectAsync(listener.EndPoint).Soon();
        await Rig.Close((await listener.AcceptAsync().Soon())!);
        await Rig.Close(await connecting);
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
