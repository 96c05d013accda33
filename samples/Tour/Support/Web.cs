using System.CommandLine.Parsing;
using System.Globalization;
using System.IO.Pipelines;
using FramedSockets;

namespace Tour.Support;

/// <summary>What an HTTP client needs beside the framing.</summary>
internal static class Web
{
    /// <summary>For the command line.</summary>
    public static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Port > 0)
        {
            return url;
        }

        argument.AddError($"'{argument.Tokens[0].Value}' is not a URL of http or https.");
        return null;
    }

    /// <summary>The host as a header names it: a name of any script in ASCII, an IPv6 address in brackets, the port where it is not the usual one.</summary>
    public static string GetHost(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }

    /// <summary>Copies a body as it arrives.</summary>
    /// <returns>Its bytes.</returns>
    public static async Task<long> CopyAsync(this PipeReader body, Stream target, CancellationToken stop)
    {
        for (var length = 0L; ;)
        {
            var read = await ReadAsync(body, stop);
            foreach (var segment in read.Buffer)
            {
                await target.WriteAsync(segment, stop);
            }

            length += read.Buffer.Length;
            if (read.IsCompleted)
            {
                return length;
            }

            body.AdvanceTo(read.Buffer.End);
        }
    }

    /// <summary>How long the header says that the body is; <see langword="null"/> where it does not say.</summary>
    public static long? GetContentLength(string header) => header.Split("\r\n").Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .Where(field => field is [var name, _] && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        .Select(field => long.TryParse(field[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : (long?)null)
        .FirstOrDefault();

    private static async ValueTask<ReadResult> ReadAsync(PipeReader body, CancellationToken stop)
    {
        try
        {
            return await body.ReadAsync(stop);
        }
        catch (FramedSocketException e) when (e is { Error: FramedSocketError.TruncatedFrame, InnerException: null })
        {
            // TLS was not told of the end; many servers just close. If something is missing, only a Content-Length can tell.
            return new(default, isCanceled: false, isCompleted: true);
        }
    }
}
