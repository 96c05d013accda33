using System.CommandLine.Parsing;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using FramedSockets;
using FramedSockets.Transport;

namespace Tour.Support;

/// <summary>What an HTTP client needs beside the framing.</summary>
internal static class Web
{
    /// <summary>For the command line.</summary>
    public static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
        {
            return url;
        }

        argument.AddError($"'{argument.Tokens[0].Value}' is not a URL of http or https.");
        return null;
    }

    /// <summary>Connects; with https the server has to prove its name.</summary>
    public static async Task<ITransportConnection> ConnectAsync(Uri url, CancellationToken stop) => url.Scheme == Uri.UriSchemeHttps
        ? await TlsConnection.ConnectAsync(url.IdnHost, url.Port, stop)
        : await SocketTransport.Default.ConnectAsync(new DnsEndPoint(url.IdnHost, url.Port), stop);

    /// <summary>Copies a body as it arrives.</summary>
    /// <returns>Its bytes.</returns>
    public static async Task<long> CopyAsync(this PipeReader body, Stream target, CancellationToken stop)
    {
        for (var length = 0L; ;)
        {
            var read = await body.ReadAsync(stop);
            foreach (var segment in read.Buffer)
            {
                await target.WriteAsync(segment, stop);
            }

            length += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return length;
            }
        }
    }

    /// <summary>How long the header says that the body is; <see langword="null"/> where it does not say.</summary>
    public static long? GetContentLength(string header) => header.Split("\r\n").Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .Where(field => field is [var name, _] && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        .Select(field => long.TryParse(field[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : (long?)null)
        .FirstOrDefault();
}
