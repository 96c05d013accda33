using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

#pragma warning disable CA5398 // versions are named because which ones are spoken is tested
/// <summary>Frames inside TLS: the same, and only with peers who prove who they are.</summary>
public abstract class TlsTests(TransportKind kind) : IDisposable
{
    public sealed class OverSockets() : TlsTests(TransportKind.Sockets);

    public sealed class OverLinux() : TlsTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : TlsTests(TransportKind.LinuxInline);

    private readonly Certificates _certificates = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly ServerCounts _counts = new();
    private readonly RecordingLog _log = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _counts.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Frames_of_every_size_come_back_as_they_were()
    {
        await using var loopback = await Start();
        await using var connection = await Connect(loopback);
        foreach (var length in new[] { 0, 1, 4095, 16_384, 32_768, 65_536, 1_048_576, 1_048_577, 5_000_000 })
        {
            var send = connection.SendAsync(length, Frames.Body(length)).Soon();
            Assert.True(await connection.WaitToReadAsync().Soon());
            Assert.True(connection.TryRead(out var frame));
            Assert.Equal(length, frame.Header);
            Assert.Equal(Frames.Body(length), await frame.BodyReader.ReadToEnd());
            await send;
        }
    }

    [Fact]
    public async Task One_frame_alone_behind_many_comes_back()
    {
        await using var loopback = await Start();
        await using var connection = await Connect(loopback);
        for (var round = 0; round < 5; round++)
        {
            // While so many are on their way, receives may be put off, and sockets wake nobody: the next alone has to come all the same.
            await EchoMany(connection);
            await Echo(connection);
        }
    }

    [Fact]
    public async Task Both_sides_know_what_was_agreed_on()
    {
        var seen = new TaskCompletionSource<TlsSession?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var protocol = new SslApplicationProtocol("frames");
        await using var loopback = await Start(
            options => options.ApplicationProtocols = [protocol],
            handler: connection =>
            {
                seen.SetResult(connection.Tls);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            });
        await using var connection = await Connect(loopback, options => options.ApplicationProtocols = [protocol]);
        var (server, client) = (await seen.Task.Soon(), connection.Tls);
        Assert.NotNull(server);
        Assert.NotNull(client);
        Assert.Equal("CN=localhost", client.PeerCertificate?.Subject);
        Assert.Null(server.PeerCertificate);
        Assert.Equal("localhost", server.ServerName);
        Assert.Equal((SslProtocols.Tls13, protocol), (server.Protocol, server.ApplicationProtocol));
        Assert.Equal((server.Protocol, server.CipherSuite, protocol), (client.Protocol, client.CipherSuite, client.ApplicationProtocol));
    }

    [Fact]
    public async Task A_plain_connection_has_no_session()
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        await using var connection = await loopback.Connect();
        Assert.Null(connection.Tls);
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing()
    {
        await using var loopback = await Start();
        await using var connection = await Connect(loopback);
        for (var i = 0; i < 20; i++)
        {
            using var cancelled = new CancellationTokenSource();
            var wait = connection.WaitToReadAsync(cancelled.Token).Soon();
            await cancelled.CancelAsync();
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
            await Echo(connection);
        }
    }

    [Fact]
    public async Task A_handler_can_end_the_stream_and_a_stop_is_calm()
    {
        await using var loopback = await Start();
        var connections = new[] { await Connect(loopback), await Connect(loopback) };
        foreach (var connection in connections)
        {
            await Echo(connection);
        }

        var stop = loopback.Server.StopAsync().Soon();
        foreach (var connection in connections)
        {
            Assert.False(await connection.WaitToReadAsync().Soon());
            await connection.DisposeAsync().Soon();
        }

        Assert.Equal((2, 0), ((await stop).Drained, (await stop).Cut.Count));
    }

    [Fact]
    public async Task Frames_that_have_arrived_are_handled_when_the_server_stops()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var served = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(handler: connection => FrameLoop.RunAsync(connection, async (connection, frame) =>
        {
            var tag = frame.Header;
            if (tag == 1)
            {
                served.SetResult(connection);
                inside.SetResult();
                await go.Task;
            }

            await connection.SendAsync(tag, ReadOnlyMemory<byte>.Empty);
        }));
        await using var connection = await Connect(loopback);

        // Each is a record of its own: the second and the third wait in the system while the first is handled.
        for (var tag = 1; tag <= 3; tag++)
        {
            await connection.SendAsync(tag, Frames.Body(10)).Soon();
            await connection.FlushAsync().Soon();
            await inside.Task.Soon();
        }

        var stop = loopback.Server.StopAsync().Soon();
        var stopping = await served.Task.Soon();
        await Timeouts.Until(() => stopping.IsStopping);
        go.SetResult();
        for (var tag = 1; tag <= 3; tag++)
        {
            Assert.Equal(tag, (await connection.ReadAsync().Soon()).Header);
        }

        Assert.False(await connection.WaitToReadAsync().Soon());
        await connection.DisposeAsync().Soon();
        Assert.Equal((1, 0), ((await stop).Drained, (await stop).Cut.Count));
    }

    [Fact]
    public async Task A_client_proves_who_it_is()
    {
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(
            options =>
            {
                options.ClientCertificateRequired = true;
                options.CertificateChainPolicy = _certificates.Policy();
            },
            handler: connection =>
            {
                seen.SetResult(connection.Tls?.PeerCertificate?.Subject);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            });
        await using var connection = await Connect(loopback, options => options.ClientCertificates = [_certificates.Client("somebody")]);
        await Echo(connection);
        Assert.Equal("CN=somebody", await seen.Task.Soon());
    }

    [Theory]
    [InlineData(false, "RemoteCertificateNotAvailable")]
    [InlineData(true, "UntrustedRoot")]
    public async Task A_client_that_does_not_is_refused(bool hasOther, string reason)
    {
        using var others = new Certificates();
        await using var loopback = await Start(options =>
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = _certificates.Policy();
        });
        try
        {
            await using var connection = await Connect(loopback, options => options.ClientCertificates = hasOther ? [others.Client("nobody")] : []);

            // With TLS 1.3 a client learns of it only now.
            _ = await connection.WaitToReadAsync().Soon();
        }
        catch (FramedSocketException)
        {
            // What the client sees of it is the server's alert, or the end.
        }

        await AssertNotOpened(loopback, FramedSocketError.CertificateRefused, reason is "UntrustedRoot" ? null : reason);
    }

    [Theory]
    [InlineData("localhost", false, false, "PartialChain|UntrustedRoot")]
    [InlineData("localhost", true, true, "NotTimeValid")]
    [InlineData("elsewhere", true, false, "RemoteCertificateNameMismatch")]
    public async Task A_server_that_proves_nothing_is_refused(string name, bool isTrusted, bool isExpired, string reasons)
    {
        await using var loopback = await Start(options => options.ServerCertificate = _certificates.Server(name, isExpired));
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => Connect(
            loopback, options => options.CertificateChainPolicy = isTrusted ? _certificates.Policy() : null));
        Assert.Equal(FramedSocketError.CertificateRefused, failure.Error);
        Assert.Contains(reasons.Split('|'), reason => failure.Message.Contains(reason));
    }

    [Fact]
    public async Task A_rule_of_ones_own_decides()
    {
        await using var loopback = await Start();
        await using var connection = await Connect(loopback, options =>
        {
            options.CertificateChainPolicy = null;
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
        });
        await Echo(connection);
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => Connect(
            loopback, options => options.RemoteCertificateValidationCallback = (_, _, _, _) => false));
        Assert.Equal(FramedSocketError.CertificateRefused, failure.Error);
    }

    [Fact]
    public async Task A_new_certificate_serves_the_next_connections_without_a_restart()
    {
        SslServerAuthenticationOptions? tls = null;
        await using var loopback = await Start(options => tls = options);
        await using var first = await Connect(loopback);
        tls!.ServerCertificate = _certificates.Server();
        await using var second = await Connect(loopback);
        Assert.NotEqual(first.Tls!.PeerCertificate!.Thumbprint, second.Tls!.PeerCertificate!.Thumbprint);
        Assert.Equal(tls.ServerCertificate.GetCertHashString(), second.Tls.PeerCertificate.Thumbprint);
        await Echo(first);
        await Echo(second);
    }

    [Fact]
    public async Task A_certificate_is_chosen_by_the_name_that_is_asked_for()
    {
        var (one, other) = (_certificates.Server("one.test"), _certificates.Server("other.test"));
        await using var loopback = await Start(options =>
        {
            options.ServerCertificate = null;
            options.ServerCertificateSelectionCallback = (_, name) => name == "one.test" ? one : other;
        });
        foreach (var name in new[] { "one.test", "other.test" })
        {
            await using var connection = await Connect(loopback, options => options.TargetHost = name);
            Assert.Equal($"CN={name}", connection.Tls!.PeerCertificate!.Subject);
        }
    }

    [Theory]
    [InlineData("1603010000")]
    [InlineData("0001010303")]
    [InlineData("474554202F20485454502F312E300D0A0D0A")]
    [InlineData(null)]
    public async Task Whoever_speaks_no_tls_is_closed_and_nobody_else_notices(string? hex)
    {
        await using var loopback = await Start();
        await using var good = await Connect(loopback);
        using (var bad = await loopback.ConnectRaw())
        {
            _ = await bad.SendAsync(hex is null ? RandomNumberGenerator.GetBytes(65_536) : Convert.FromHexString(hex)).Soon();
            bad.Shutdown(SocketShutdown.Send);
            await ReadToEnd(bad);
        }

        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        Assert.Contains("HandshakeFailed", Assert.Single(_log.Of("NotOpened")));
        await Echo(good);
    }

    [Fact]
    public async Task A_server_that_has_no_certificate_does_not_start()
    {
        var server = new TcpFrameServer<int>(_codec, Loopback.Echo, new() { Tls = new() });
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync().Soon());
        Assert.Null(server.LocalEndPoint);
        await server.DisposeAsync();
    }

    public static TheoryData<Exception> Thrown =>
    [
        new NotSupportedException("the callback's own"),
        new IOException("the callback's own"),
        new AuthenticationException("the callback's own"),
        new OperationCanceledException("the callback's own"),
        new FramedSocketException(FramedSocketError.ConnectionReset, "the callback's own"),
    ];

    [Theory]
    [MemberData(nameof(Thrown), DisableDiscoveryEnumeration = true)]
    public async Task A_callback_that_throws_is_this_side_s_fault_and_said(Exception thrown)
    {
        await using var loopback = await Start(options =>
        {
            options.ServerCertificate = null;
            options.ServerCertificateSelectionCallback = (_, _) => throw thrown;
        });
        _ = await Assert.ThrowsAsync<FramedSocketException>(() => Connect(loopback));
        await Timeouts.Until(() => _log.Of("TlsFailed").Count == 1);
        using (var peer = await loopback.ConnectRaw())
        {
            _ = await peer.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray()).Soon();
            await Timeouts.Until(() => _counts.Of(loopback.EndPoint, "connections.ended HandshakeFailed") == 2);
        }

        Assert.All(_log.Of("NotOpened"), line => Assert.Contains("HandshakeFailed", line));
        _ = Assert.Single(_log.Of("TlsFailed"));
    }

    [Fact]
    public async Task It_is_said_once_a_minute_however_often_a_peer_makes_it_throw()
    {
        await using var loopback = await Start(options =>
        {
            options.ServerCertificate = null;
            options.ServerCertificateSelectionCallback = (_, _) => throw new IOException("the callback's own");
        });
        for (var i = 0; i < 4; i++)
        {
            if (i == 3)
            {
                _clock.Advance(TimeSpan.FromMinutes(1));
            }

            _ = await Assert.ThrowsAsync<FramedSocketException>(() => Connect(loopback));
            await Timeouts.Until(() => _counts.Of(loopback.EndPoint, "connections.ended HandshakeFailed") == i + 1);
        }

        var said = _log.Of("TlsFailed");
        Assert.Equal(2, said.Count);
        Assert.Contains("before 1 connections", said[0]);
        Assert.Contains("before 3 connections", said[1]);
    }

    [Theory]
    [MemberData(nameof(Thrown), DisableDiscoveryEnumeration = true)]
    public async Task So_is_one_that_looks_at_a_client_s_certificate(Exception thrown)
    {
        await using var loopback = await Start(options =>
        {
            options.ClientCertificateRequired = true;
            options.RemoteCertificateValidationCallback = (_, _, _, _) => throw thrown;
        });
        try
        {
            await using var connection = await Connect(loopback, options => options.ClientCertificates = [_certificates.Client("Mia")]);
            _ = await connection.WaitToReadAsync().Soon();
        }
        catch (FramedSocketException)
        {
            // With TLS 1.3 a client may learn of it only as it reads.
        }

        await AssertNotOpened(loopback, FramedSocketError.HandshakeFailed, thrown.GetType().Name);
        _ = Assert.Single(_log.Of("TlsFailed"));
    }

    [Theory]
    [MemberData(nameof(Thrown), DisableDiscoveryEnumeration = true)]
    public async Task What_a_client_s_callback_throws_stands_inside_the_failure(Exception thrown)
    {
        await using var loopback = await Start(options => options.ClientCertificateRequired = true);
        var failures = new[]
        {
            await Assert.ThrowsAsync<FramedSocketException>(() => Connect(
                loopback, options => options.RemoteCertificateValidationCallback = (_, _, _, _) => throw thrown)),
            await Assert.ThrowsAsync<FramedSocketException>(() => Connect(
                loopback, options => options.LocalCertificateSelectionCallback = (_, _, _, _, _) => throw thrown)),
        };
        foreach (var failure in failures)
        {
            Assert.Equal(FramedSocketError.HandshakeFailed, failure.Error);
            Assert.Same(thrown, failure.InnerException);
        }
    }

    [Fact]
    public async Task A_callback_that_follows_the_token_of_a_connect_ends_it_as_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using var loopback = await Start();
        var tls = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, _, _, _) =>
            {
                cancel.Cancel();
                throw new OperationCanceledException(cancel.Token);
            },
        };
        var client = new TcpFrameClient<int>(_codec, loopback.ClientOptions with { Tls = tls });
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(() => client.ConnectAsync(loopback.EndPoint, cancel.Token).Soon());
        Assert.Equal(cancel.Token, failure.CancellationToken);
    }

    [Fact]
    public async Task Old_versions_are_not_spoken()
    {
#pragma warning disable SYSLIB0039, CA5397 // that is what is tested
        await using var loopback = await Start(options => options.EnabledSslProtocols = SslProtocols.Tls11);
        await using var connection = await Connect(loopback, options => options.EnabledSslProtocols = SslProtocols.Tls12);
#pragma warning restore SYSLIB0039, CA5397
        Assert.Equal(SslProtocols.Tls12, connection.Tls!.Protocol);
        await Echo(connection);
    }

    [Fact]
    public async Task A_silent_client_has_ten_seconds_and_holds_nobody_up()
    {
        await using var loopback = await Start();
        using var silent = await loopback.ConnectRaw();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        for (var second = 0; second < 9; second++)
        {
            await using var good = await Connect(loopback);
            await Echo(good);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(_log.Of("NotOpened"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await ReadToEnd(silent);
        await AssertNotOpened(loopback, FramedSocketError.HandshakeTimeout, null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_end_in_mid_frame_is_a_truncated_frame_announced_or_not(bool isAnnounced)
    {
        var ended = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(handler: async connection =>
        {
            try
            {
                await FrameLoop.RunAsync(connection, Loopback.Echo);
            }
            finally
            {
                ended.SetResult(connection);
            }
        });
        using var peer = await loopback.ConnectRaw();
        await using var tls = await Authenticate(peer);
        await tls.WriteAsync(_codec.Frame(1, Frames.Body(10), declared: 100)).Soon();
        if (isAnnounced)
        {
            await tls.ShutdownAsync().Soon();
        }

        peer.Shutdown(SocketShutdown.Send);
        var connection = await ended.Task.Soon();
        Assert.Equal(FramedSocketError.TruncatedFrame, connection.Reason?.Error);
    }

    [Fact]
    public async Task What_was_decrypted_counts_towards_the_budget_of_memory()
    {
        var opened = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(
            handler: connection =>
            {
                opened.SetResult(connection);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            },
            admission: new() { MaxHeldLength = 400_000 });
        using var peer = await loopback.ConnectRaw();
        await using var tls = await Authenticate(peer);
        var connection = await opened.Task.Soon();

        // A record that fills the first block, so that the next one is rented for what is declared.
        await tls.WriteAsync(_codec.Frame(1, Frames.Body(16_384 - TagCodec.HeaderLength), declared: 900_000)).Soon();
        await Timeouts.Until(() => connection.Reading.Phase == ReadPhase.Frame && connection.HeldLength > 16_384);
        Assert.InRange(connection.HeldLength, 16_384, 100_000);

        // What is still to be decrypted counts too, but comes and goes: it is 256 KiB at most.
        await tls.WriteAsync(Frames.Body(800_000)).Soon();
        await Timeouts.Until(() => connection.HeldLength >= 700_000);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FramedSocketError.OutOfMemoryBudget, connection.Reason?.Error);
        await Timeouts.Until(() => connection.HeldLength == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_lasts_until_the_end_needs_the_end_announced(bool isAnnounced)
    {
        var outcome = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var options = new PoisonedOptions(kind);
        await using var server = new TcpFrameServer<ReadOnlyMemory<byte>>(
            new HeaderBlockCodec(),
            async (_, frame) =>
            {
                try
                {
                    outcome.SetResult(Encoding.ASCII.GetString(await frame.BodyReader.ReadToEnd()));
                }
                catch (FramedSocketException e)
                {
                    outcome.SetResult(e.Error.ToString());
                }
            },
            options.Server with { Tls = new() { ServerCertificate = _certificates.Server() } });
        await server.StartAsync().Soon();
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(server.LocalEndPoint!).Soon();
        await using var tls = await Authenticate(peer);
        await tls.WriteAsync("a: b\r\n\r\nthe body"u8.ToArray()).Soon();
        if (isAnnounced)
        {
            await tls.ShutdownAsync().Soon();
        }

        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(isAnnounced ? "the body" : "TruncatedFrame", await outcome.Task.Soon());
    }

    [Fact]
    public async Task It_comes_after_a_proxys_header()
    {
        var seen = new TaskCompletionSource<EndPoint?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(
            handler: connection =>
            {
                seen.SetResult(connection.RemoteEndPoint);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            },
            admission: new() { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")] });
        using var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"u8.ToArray()).Soon();
        await using var tls = await Authenticate(peer);
        await tls.WriteAsync(_codec.Frame(1, Frames.Body(10))).Soon();
        await tls.ReadExactlyAsync(new byte[18]).Soon();
        Assert.Equal("192.0.2.1:56324", (await seen.Task.Soon())?.ToString());
    }

    [Fact]
    public async Task What_fails_behind_a_proxy_is_said_of_its_client()
    {
        await using var loopback = await Start(
            options => options.ServerCertificateSelectionCallback = (_, _) => throw new NotSupportedException("no certificate for that"),
            admission: new() { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")] });
        using var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"u8.ToArray()).Soon();
        _ = await Record.ExceptionAsync(() => Authenticate(peer));
        await Timeouts.Until(() => _log.Of("TlsFailed").Count == 1);
        Assert.Contains("192.0.2.1:56324", _log.Of("TlsFailed")[0]);
        Assert.Contains("192.0.2.1:56324", Assert.Single(_log.Of("NotOpened")));
    }

    [Fact]
    public async Task A_client_gives_up_in_time_where_nobody_answers_its_handshake()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using var options = new PoisonedOptions(kind);
        var client = new TcpFrameClient<int>(
            _codec, options.Client with { Tls = new(), Connection = options.Connection with { TimeProvider = _clock } });
        var connect = client.ConnectAsync(listener.LocalEndPoint!).Soon();
        using var peer = await listener.AcceptAsync().Soon();
        _clock.Advance(TimeSpan.FromSeconds(15));
        _ = await Assert.ThrowsAsync<TimeoutException>(() => connect);
        await ReadToEnd(peer);
    }

    private static async Task EchoMany(FrameConnection<int> client)
    {
        const int Count = 1000;
        var sending = SendAsync();
        for (var i = 0; i < Count; i++)
        {
            using var frame = (await client.ReadAsync().Soon()).ToOwned();
            Assert.Equal(i, frame.Header);
        }

        await sending;

        async Task SendAsync()
        {
            for (var i = 0; i < Count; i++)
            {
                await client.SendAsync(i, Frames.Body(32)).Soon();
            }
        }
    }

    private static async Task Echo(FrameConnection<int> client)
    {
        await client.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(await client.WaitToReadAsync().Soon());
        Assert.True(client.TryRead(out var frame));
        Assert.Equal(Frames.Body(10), await frame.BodyReader.ReadToEnd());
    }

    private static async Task ReadToEnd(Socket peer)
    {
        try
        {
            while (await peer.ReceiveAsync(new byte[4096]).Soon() > 0)
            {
            }
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }

    private async Task AssertNotOpened(Loopback loopback, FramedSocketError error, string? reason)
    {
        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, $"connections.ended {error}") == 1);
        var line = Assert.Single(_log.Of("NotOpened"));
        Assert.Contains(error.ToString(), line);
        Assert.Contains(reason ?? "", line);
    }

    private Task<Loopback> Start(
        Action<SslServerAuthenticationOptions>? with = null, ConnectionHandler<int>? handler = null, ServerAdmission? admission = null)
    {
        var tls = new SslServerAuthenticationOptions { ServerCertificate = _certificates.Server() };
        with?.Invoke(tls);
        return Loopback.Start(
            kind,
            handler ?? (connection => FrameLoop.RunAsync(connection, Loopback.Echo)),
            options => options with
            {
                Tls = tls,
                Admission = admission ?? ServerAdmission.Default,
                Connection = options.Connection with { TimeProvider = _clock },
                LoggerFactory = _log,
            });
    }

    /// <summary>A peer that is only a TLS stream.</summary>
    private async Task<SslStream> Authenticate(Socket peer, SslProtocols protocols = SslProtocols.None)
    {
        var tls = new SslStream(new NetworkStream(peer), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = _certificates.Policy(),
            EnabledSslProtocols = protocols,
        }).Soon();
        return tls;
    }

    private Task<FrameConnection<int>> Connect(Loopback loopback, Action<SslClientAuthenticationOptions>? with = null)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = _certificates.Policy() };
        with?.Invoke(tls);
        return new TcpFrameClient<int>(_codec, loopback.ClientOptions with { Tls = tls }).ConnectAsync(loopback.EndPoint).Soon();
    }
}
