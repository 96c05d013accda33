using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public abstract class TcpFrameServerTests(TransportKind kind)
{
    public sealed class OverSockets() : TcpFrameServerTests(TransportKind.Sockets);

    public sealed class OverLinux() : TcpFrameServerTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : TcpFrameServerTests(TransportKind.LinuxInline);

    private readonly TagCodec _codec = new();

    [Fact]
    public async Task Frames_of_every_size_come_back_as_they_were()
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        await using var connection = await loopback.Connect();
        foreach (var length in new[] { 0, 1, 4095, 4096, 32_767, 32_768, 65_536, 200_000, 1_048_576, 1_048_577, 5_000_000 })
        {
            var send = connection.SendAsync(length, Frames.Body(length)).Soon();
            Assert.True(await connection.WaitToReadAsync().Soon());
            Assert.True(connection.TryRead(out var frame));
            Assert.Equal(length, frame.Header);
            Assert.Equal(Frames.Body(length), await frame.BodyReader.ReadToEnd());
            await send;
        }

        Assert.Equal(loopback.EndPoint, connection.RemoteEndPoint);
        Assert.Equal(1, loopback.Server.ConnectionCount);
    }

    [Fact]
    public async Task Many_senders_on_one_connection_interleave_frames_and_never_bytes()
    {
        const int Senders = 64;
        const int Each = 500;
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        await using var connection = await loopback.Connect();
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var random = new Random(sender);
            for (var i = 0; i < Each; i++)
            {
                var length = random.Next(100) == 0 ? random.Next(65_536) : random.Next(200);
                await connection.SendAsync((sender << 16) + i, Frames.Body(length, sender + i));
            }
        })).ToArray();
        var next = new int[Senders];
        for (var left = Senders * Each; left > 0;)
        {
            Assert.True(await connection.WaitToReadAsync().Soon());
            while (connection.TryRead(out var frame))
            {
                var sender = frame.Header >> 16;
                Assert.Equal(next[sender]++, frame.Header & 0xFFFF);
                Assert.Equal(Frames.Body((int)frame.BodyLength, sender + (frame.Header & 0xFFFF)), frame.Body.ToArray());
                left--;
            }
        }

        await Task.WhenAll(senders).Soon();
    }

    [Fact]
    public async Task A_half_close_is_a_clean_end_and_replies_still_go_out()
    {
        var clean = new TaskCompletionSource();
        await using var loopback = await Loopback.Start(kind, async connection =>
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                connection.Write(frame.Header, frame.Body);
            }

            clean.SetResult();
        });
        using var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync((byte[])[.. _codec.Frame(1, "a"u8), .. _codec.Frame(2, "b"u8), .. _codec.Frame(3, "c"u8)]).Soon();
        await using var stream = new NetworkStream(peer);
        peer.Shutdown(SocketShutdown.Send);
        var replies = await stream.ReadAll();
        Assert.Equal([1, 2, 3], (await Frames.Decode(replies)).Select(frame => frame.Tag));
        await clean.Task.Soon();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task An_end_in_mid_frame_is_one_truncated_frame(bool isReset, bool isStreamed)
    {
        var seen = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(
            kind,
            async connection =>
            {
                seen.SetResult(connection);
                try
                {
                    await foreach (var frame in connection.ReadAllAsync())
                    {
                        _ = await frame.BodyReader.ReadToEnd();
                    }

                    ended.SetResult(null);
                }
                catch (FramedSocketException e)
                {
                    ended.SetResult(e);
                    throw;
                }
            },
            options => options with { Connection = options.Connection with { Limits = new() { MaxBufferedBodyLength = isStreamed ? 10 : 1000 } } });
        var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync(_codec.Frame(1, Frames.Body(7), declared: 20)).Soon();
        var connection = await seen.Task.Soon();
        peer.LingerState = new(isReset, 0);
        peer.Dispose();
        var failure = Assert.IsType<FramedSocketException>(await ended.Task.Soon());
        Assert.Equal(FramedSocketError.TruncatedFrame, failure.Error);
        Assert.Equal(FramedSocketError.TruncatedFrame, (await connection.Completion.Soon().Fails(FramedSocketError.TruncatedFrame)).Error);
    }

    [NeedsTheory(Need.Python)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_killed_peer_is_one_truncated_frame(bool hasUnreadBytes)
    {
        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(kind, async connection =>
        {
            if (hasUnreadBytes)
            {
                await connection.SendAsync(5, Frames.Body(1000));
            }

            begun.SetResult();
            ended.SetResult(await Assert.ThrowsAsync<FramedSocketException>(async () => await connection.WaitToReadAsync()));
        });
        var port = ((IPEndPoint)loopback.EndPoint).Port;
        var script = $"""
            import socket, struct, sys
            s = socket.create_connection(("127.0.0.1", {port}))
            s.sendall(struct.pack(">ii", 1, 20) + b"1234567")
            print("sent", flush=True)
            sys.stdin.read()
            """;
        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("sent", await python.StandardOutput.ReadLineAsync().Soon());
        await begun.Task.Soon();
        python.Kill();
        await python.WaitForExitAsync().Soon();
        Assert.Equal(FramedSocketError.TruncatedFrame, Assert.IsType<FramedSocketException>(await ended.Task.Soon()).Error);
    }

    [Fact]
    public async Task One_connection_too_many_is_closed_without_a_byte_and_a_place_that_is_free_is_given_again()
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo, options => options with { Admission = new() { MaxConnections = 3 } });
        var inside = new List<FrameConnection<int>>();
        for (var i = 0; i < 3; i++)
        {
            inside.Add(await loopback.Connect());
            await AssertServed(inside[i]);
        }

        Assert.Equal(3, loopback.Server.ConnectionCount);
        await AssertRefused(loopback);
        Assert.Equal(3, loopback.Server.ConnectionCount);
        await inside[0].DisposeAsync().Soon();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 2);
        inside[0] = await loopback.Connect();
        foreach (var connection in inside)
        {
            await AssertServed(connection);
            await connection.DisposeAsync().Soon();
        }
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_connection_only()
    {
        await using var loopback = await Loopback.Start(kind, (_, frame) => frame.Header == 1 ? throw new InvalidOperationException("the handler's") : default);
        for (var i = 0; i < 200; i++)
        {
            await using var connection = await loopback.Connect();
            await connection.SendAsync(1, Frames.Body(10)).Soon();
            _ = await Assert.ThrowsAsync<FramedSocketException>(() => connection.WaitToReadAsync().Soon());
        }

        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_handler_that_returns_no_task_costs_its_connection_only()
    {
        var calls = 0;
        await using var loopback = await Loopback.Start(kind, connection => ++calls == 1 ? null! : connection.WaitToReadAsync().AsTask());
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var broken = await loopback.Connect();
            _ = await broken.WaitToReadAsync().Soon();
        });
        Assert.True(failure is SocketException or FramedSocketException, failure.ToString());
        await using var good = await loopback.Connect();
        await good.SendAsync(1, default).Soon();
        Assert.False(await good.WaitToReadAsync().Soon());
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1000, true)]
    [InlineData(100_000, false)]
    [InlineData(100_000, true)]
    public async Task A_handler_that_does_not_await_its_sends_costs_its_connection_and_never_sends_other_bytes(int length, bool yields)
    {
        var reason = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(kind, async (connection, frame) =>
        {
            _ = reason.TrySetResult(connection.Completion);
            if (yields)
            {
                await Task.Yield();
            }

            _ = connection.SendAsync(frame.Header, frame.Body);
        });
        using var socket = await loopback.ConnectRaw();
        var codec = new TagCodec();
        var sending = Task.Run(async () =>
        {
            for (var tag = 0; ; tag++)
            {
                _ = await socket.SendAsync(codec.Frame(tag, Frames.Body(length, tag)));
            }
        });
        var end = await (await reason.Task.Soon()).Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Contains("await SendAsync", end.Message, StringComparison.Ordinal);
        _ = await Assert.ThrowsAsync<SocketException>(() => sending.Soon());
        var sent = new MemoryStream();
        _ = await Assert.ThrowsAsync<IOException>(() => new NetworkStream(socket).CopyToAsync(sent).Soon());
        sent.Position = 0;
        var frame = new byte[codec.Frame(0, Frames.Body(length)).Length];
        for (var tag = 0; sent.Position < sent.Length; tag++)
        {
            var count = await sent.ReadAtLeastAsync(frame, frame.Length, throwOnEndOfStream: false);
            Assert.Equal(codec.Frame(tag, Frames.Body(length, tag))[..count], frame[..count]);
        }
    }

    [Fact]
    public async Task What_flows_with_whoever_starts_a_server_does_not_reach_its_handlers()
    {
        var flows = new AsyncLocal<string?> { Value = "the starter's" };
        var seen = new TaskCompletionSource<string?>();
        await using var loopback = await Loopback.Start(kind, (connection, _) =>
        {
            seen.SetResult(flows.Value);
            return default;
        });
        await using var connection = await loopback.Connect();
        await connection.SendAsync(1, default).Soon();
        Assert.Null(await seen.Task.Soon());
    }

    [Fact]
    public async Task A_codec_that_throws_costs_its_connection_only()
    {
        var ids = new List<FramedSocketException?>();
        await using var loopback = await Loopback.Start(kind, async connection =>
        {
            try
            {
                await foreach (var frame in connection.ReadAllAsync())
                {
                    await connection.SendAsync(frame.Header, frame.Body);
                }
            }
            finally
            {
                lock (ids)
                {
                    ids.Add(connection.Reason);
                }
            }
        });
        using (var bad = await loopback.ConnectRaw())
        {
            _ = await bad.SendAsync(_codec.Frame(TagCodec.Bug, [])).Soon();
            Assert.Empty(await new NetworkStream(bad).ReadAll());
        }

        await using var good = await loopback.Connect();
        await AssertServed(good);
        Assert.Equal(FramedSocketError.MalformedHeader, Assert.Single(ids)?.Error);
    }

    [Fact]
    public async Task It_listens_again_and_again()
    {
        await using var options = new PoisonedOptions(kind);
        await using var server = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server);
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(server.LocalEndPoint);
            await server.StartAsync().Soon();
            _ = await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());
            Assert.NotEqual(0, ((IPEndPoint)server.LocalEndPoint!).Port);
            Assert.Empty((await server.StopAsync().Soon()).Cut);
        }
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start_and_nothing_is_left()
    {
        await using var options = new PoisonedOptions(kind);
        await using var first = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server);
        await first.StartAsync().Soon();
        await using var second = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server with { EndPoint = first.LocalEndPoint! });
        for (var i = 0; i < 3; i++)
        {
            var failure = await Assert.ThrowsAsync<SocketException>(() => second.StartAsync().Soon());
            Assert.Equal(SocketError.AddressAlreadyInUse, failure.SocketErrorCode);
            Assert.Null(second.LocalEndPoint);
        }

        _ = await first.StopAsync().Soon();
        await second.StartAsync().Soon();
    }

    [Theory]
    [InlineData(AddressFamily.Unspecified)]
    [InlineData(AddressFamily.InterNetwork)]
    public async Task A_name_fails_the_start_and_the_message_says_what_to_do(AddressFamily family)
    {
        await using var options = new PoisonedOptions(kind);
        await using var server = new TcpFrameServer<int>(
            _codec, Loopback.Echo, options.Server with { EndPoint = new DnsEndPoint("localhost", 0, family) });
        for (var i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<ArgumentException>("endPoint", () => server.StartAsync().Soon());
            Assert.Contains("not on a DnsEndPoint; resolve a name first.", failure.Message);
            Assert.Null(server.LocalEndPoint);
        }
    }

    [Fact]
    public async Task A_disposed_server_does_not_start()
    {
        await using var options = new PoisonedOptions(kind);
        var server = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server);
        await server.DisposeAsync().Soon();
        await server.DisposeAsync().Soon();
        _ = await Assert.ThrowsAsync<ObjectDisposedException>(() => server.StartAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [NeedsData(Need.IPv6, "::1", "::1")]
    [NeedsData(Need.IPv6, "::", "127.0.0.1")]
    [NeedsData(Need.IPv6, "::", "::1")]
    public async Task It_listens_on_both_kinds_of_address_and_its_connections_know_theirs(string listen, string connect)
    {
        var here = new TaskCompletionSource<EndPoint?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(
            kind,
            connection =>
            {
                here.SetResult(connection.LocalEndPoint);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            },
            options => options with { EndPoint = new IPEndPoint(IPAddress.Parse(listen), 0) });
        var client = new TcpFrameClient<int>(_codec, loopback.ClientOptions);
        await using var connection = await client.ConnectAsync(connect, ((IPEndPoint)loopback.EndPoint).Port).Soon();
        await AssertServed(connection);
        var local = (IPEndPoint)(await here.Task.Soon())!;
        var address = local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address;
        Assert.Equal((IPAddress.Parse(connect), ((IPEndPoint)loopback.EndPoint).Port), (address, local.Port));
    }

    [NeedsFact(Need.UnixSockets)]
    public async Task It_listens_on_a_unix_domain_socket_and_removes_its_file()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (var loopback = await Loopback.Start(kind, Loopback.Echo, options => options with { EndPoint = new UnixDomainSocketEndPoint(path) }))
        {
            await using var connection = await loopback.Connect();
            await AssertServed(connection);
            Assert.True(File.Exists(path));
        }

        Assert.False(File.Exists(path));
    }

    [NeedsFact(Need.UnixSockets, Need.UnixFolders)]
    public async Task A_unix_domain_socket_whose_folder_is_gone_stops_like_any_other()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var endPoint = new UnixDomainSocketEndPoint(Path.Combine(folder, "socket"));
        await using var loopback = await Loopback.Start(kind, Loopback.Echo, options => options with { EndPoint = endPoint });
        await using var connection = await loopback.Connect();
        await AssertServed(connection);
        Directory.Delete(folder, recursive: true);
        Assert.Empty((await loopback.Server.StopAsync().Soon()).Cut);
    }

    private static async Task AssertServed(FrameConnection<int> connection)
    {
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(await connection.WaitToReadAsync().Soon());
        Assert.True(connection.TryRead(out var frame));
        Assert.Equal(Frames.Body(10), frame.Body.ToArray());
    }

    private static async Task AssertRefused(Loopback loopback)
    {
        try
        {
            // The reset may come before the connect has been seen to succeed.
            using var socket = await loopback.ConnectRaw();
            Assert.Equal(0, await socket.ReceiveAsync(new byte[10]).Soon());
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }
}
